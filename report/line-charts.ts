import { formatBytes } from "../cli/format.ts";
import type { ReportData } from "../shared/engine/report/report-data.ts";
import { canvas, h, section, themed } from "./dom.ts";
import { clock, type TimeWindow, ticks } from "./time-window.ts";

const LEFT = 96;
const AXIS = 20;
const POINTS = 240;

/** Over the same time as the timeline: memory against its budget, and bytes a second. */
export function lineCharts(window: TimeWindow) {
  let data: ReportData | undefined;
  const memory = canvas("Memory of the workers over time", (context, width, height) => {
    if (!data) return;
    const values = memoryOver(data, window);
    const { budgetMiB } = data.run;
    const most = Math.max(1, ...values);
    // A budget far above what is used would press the curve flat.
    const isNear = budgetMiB < 3 * most;
    const top = 1.1 * (isNear ? Math.max(budgetMiB, most) : most);
    chart(context, width, height, window, values, top, (value) => `${Math.round(value)} MiB`);
    if (!isNear) return;
    const y = (1 - budgetMiB / top) * (height - AXIS);
    context.strokeStyle = themed("--warn");
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(width, y);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = themed("--quiet");
    context.fillText("budget", LEFT + 6, y < 14 ? y + 9 : y - 8);
  });
  const speed = canvas("Bytes read and written a second over time", (context, width, height) => {
    if (!data) return;
    const values = speedOver(data, window);
    chart(
      context,
      width,
      height,
      window,
      values,
      Math.max(1, ...values) * 1.05,
      (value) => `${formatBytes(value)}/s`,
    );
  });
  for (const { element, redraw } of [memory, speed]) {
    element.className = "line-chart";
    window.onChange(redraw);
  }
  const root = section(
    "over-time",
    "Memory and throughput",
    h("p", { class: "quiet" }, "Resident memory when batches end, and what was read and written meanwhile."),
    memory.element,
    speed.element,
  );
  return {
    root,
    update(next: ReportData): void {
      data = next;
      memory.redraw();
      speed.redraw();
    },
  };
}

/** Largest memory of what ended last, for each step of the window. */
function memoryOver({ bars }: ReportData, { from, to }: TimeWindow): number[] {
  const values = new Array<number>(POINTS).fill(0);
  for (let i = 0; i < bars.at.length; i++) {
    const at = Math.floor((POINTS * (bars.at[i]! + bars.ms[i]! - from)) / (to - from));
    if (at >= 0 && at < POINTS) values[at] = Math.max(values[at]!, bars.memory[i]!);
  }
  let last = values.find((value) => value > 0) ?? 0;
  return values.map((value) => {
    if (value > 0) last = value;
    return last;
  });
}

/** A batch's bytes are spread evenly over its time. */
function speedOver({ bars }: ReportData, { from, to }: TimeWindow): number[] {
  const step = (to - from) / POINTS;
  const values = new Array<number>(POINTS).fill(0);
  for (let i = 0; i < bars.at.length; i++) {
    const [start, long] = [bars.at[i]! - from, Math.max(0.1, bars.ms[i]!)];
    const first = Math.max(0, Math.floor(start / step));
    const last = Math.min(POINTS - 1, Math.floor((start + long) / step));
    for (let k = first; k <= last; k++) {
      const shared = Math.min((k + 1) * step, start + long) - Math.max(k * step, start);
      values[k]! += (bars.bytes[i]! * Math.max(0, shared)) / long;
    }
  }
  return values.map((bytes) => (1000 * bytes) / step);
}

function chart(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  window: TimeWindow,
  values: readonly number[],
  top: number,
  label: (value: number) => string,
): void {
  const low = height - AXIS;
  const x = (i: number) => LEFT + ((width - LEFT) * i) / (values.length - 1);
  const y = (value: number) => low * (1 - value / top);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const value of ticks(0, top, 3)) {
    context.fillStyle = themed("--line");
    context.fillRect(LEFT, Math.round(y(value)), width - LEFT, 1);
    context.fillStyle = themed("--quiet");
    context.fillText(label(value), 0, Math.max(7, y(value)), LEFT - 8);
  }
  const seen = ticks(window.from, window.to, Math.max(2, (width - LEFT) / 110));
  const scale = (width - LEFT) / (window.to - window.from);
  for (const at of seen)
    context.fillText(clock(at), LEFT + (at - window.from) * scale + 3, height - AXIS / 2);
  context.beginPath();
  context.moveTo(x(0), low);
  for (const [i, value] of values.entries()) context.lineTo(x(i), y(value));
  context.lineTo(x(values.length - 1), low);
  context.globalAlpha = 0.16;
  context.fillStyle = themed("--accent");
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  for (const [i, value] of values.entries()) context.lineTo(x(i), y(value));
  context.lineWidth = 1.5;
  context.strokeStyle = themed("--accent");
  context.stroke();
  context.lineWidth = 1;
}
