import { formatBytes, formatCount } from "../cli/format.ts";
import type { ReportData } from "../shared/engine/report/report-data.ts";
import { stageColour } from "./colours.ts";
import { canvas, h, section, showTip, themed } from "./dom.ts";
import { clock, type TimeWindow, ticks } from "./time-window.ts";

const LABEL = 96;
const AXIS = 22;
/** A lane's height while there are few, and what all may take together. */
const LANE = 20;
const TALLEST = 640;

/** A lane for each worker, a bar for each batch, coloured by stage. */
export function timeline(window: TimeWindow) {
  let data: ReportData | undefined;
  let dragFrom: number | undefined;
  let dragTo: number | undefined;
  const legend = h("ul", { class: "legend" });
  const picture = canvas("Timeline: a lane for each worker, a bar for each batch", draw);
  const { element } = picture;
  element.tabIndex = 0;
  element.className = "timeline";
  const buttons = h(
    "div",
    { class: "buttons" },
    button("Zoom in", () => window.zoom(0.5)),
    button("Zoom out", () => window.zoom(2)),
    button("All", () => window.reset()),
    h("span", { class: "quiet" }, "Drag over a time to zoom; arrow keys move."),
  );
  const root = section("timeline", "Timeline", legend, element, buttons);
  window.onChange(picture.redraw);

  const timeAt = (event: MouseEvent): number => {
    const box = element.getBoundingClientRect();
    const share = (event.clientX - box.left - LABEL) / Math.max(1, box.width - LABEL);
    return window.from + Math.max(0, Math.min(1, share)) * (window.to - window.from);
  };
  element.addEventListener("pointerdown", (event) => {
    dragFrom = timeAt(event);
    dragTo = dragFrom;
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (dragFrom !== undefined) {
      dragTo = timeAt(event);
      picture.redraw();
      return;
    }
    showTip(event, data ? tipAt(data, event, timeAt(event)) : []);
  });
  element.addEventListener("pointerup", () => {
    const [from, to] = [dragFrom ?? 0, dragTo ?? 0];
    dragFrom = undefined;
    dragTo = undefined;
    if (Math.abs(to - from) > (window.to - window.from) / 100)
      window.show(Math.min(from, to), Math.max(from, to));
    else picture.redraw();
  });
  element.addEventListener("pointerleave", (event) => showTip(event, []));
  element.addEventListener("dblclick", () => window.reset());
  element.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      window.zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event));
    },
    { passive: false },
  );
  element.addEventListener("keydown", (event) => {
    const actions: { readonly [key: string]: () => void } = {
      ArrowLeft: () => window.move(-0.25),
      ArrowRight: () => window.move(0.25),
      "+": () => window.zoom(0.5),
      "-": () => window.zoom(2),
      Escape: () => window.reset(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  function laneHeight(): number {
    return Math.max(2, Math.min(LANE, TALLEST / Math.max(1, data?.lanes.length ?? 1)));
  }

  function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
    if (!data) return;
    element.dataset["shown"] = `${Math.round(window.from)} ${Math.round(window.to)}`;
    const { bars, lanes } = data;
    const each = laneHeight();
    const scale = (width - LABEL) / (window.to - window.from);
    const x = (ms: number) => LABEL + (ms - window.from) * scale;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.fillStyle = themed("--line");
    const seen = ticks(window.from, window.to, Math.max(2, (width - LABEL) / 110));
    for (const at of seen) context.fillRect(Math.round(x(at)), 0, 1, height - AXIS);
    context.save();
    context.beginPath();
    context.rect(LABEL, 0, width - LABEL, height);
    context.clip();
    for (let i = 0; i < bars.at.length; i++) {
      const from = x(bars.at[i]!);
      const long = bars.ms[i]! * scale;
      if (from > width || from + long < LABEL) continue;
      context.fillStyle = stageColour(bars.stage[i]!);
      const gap = long > 4 ? 1 : 0;
      context.fillRect(from, bars.lane[i]! * each + 1, Math.max(1, long - gap), Math.max(1, each - 3));
    }
    context.restore();
    context.fillStyle = themed("--quiet");
    const every = Math.ceil(14 / each);
    for (let i = 0; i < lanes.length; i += every)
      context.fillText(lanes[i]!.slice(0, 14), 0, i * each + each / 2, LABEL - 8);
    for (const at of seen) context.fillText(clock(at), x(at) + 3, height - AXIS / 2);
    if (dragFrom !== undefined && dragTo !== undefined) {
      context.globalAlpha = 0.25;
      context.fillStyle = themed("--accent");
      context.fillRect(x(Math.min(dragFrom, dragTo)), 0, Math.abs(dragTo - dragFrom) * scale, height - AXIS);
      context.globalAlpha = 1;
    }
  }

  function tipAt(shown: ReportData, event: MouseEvent, time: number): string[] {
    const { bars, lanes, stages } = shown;
    const box = element.getBoundingClientRect();
    const lane = Math.floor((event.clientY - box.top) / laneHeight());
    const slack = (2 * (window.to - window.from)) / Math.max(1, box.width);
    let best = -1;
    for (let i = 0; i < bars.at.length; i++) {
      if (bars.lane[i] !== lane || time < bars.at[i]! - slack || time > bars.at[i]! + bars.ms[i]! + slack)
        continue;
      if (best < 0 || Math.abs(bars.at[i]! - time) < Math.abs(bars.at[best]! - time)) best = i;
    }
    if (best < 0) return [];
    const [task, count] = [bars.task[best]!, bars.count[best]!];
    return [
      stages[bars.stage[best]!]!.name,
      count === 1 ? `task ${task}` : `${formatCount(count)} tasks from ${task}`,
      `${clock(bars.ms[best]!)}, begun at ${clock(bars.at[best]!)}`,
      `${formatBytes(bars.bytes[best]!)} read and written, ${bars.memory[best]} MiB`,
      lanes[lane]!,
    ];
  }

  return {
    root,
    update(next: ReportData): void {
      data = next;
      element.style.height = `${Math.max(1, next.lanes.length) * laneHeight() + AXIS}px`;
      const used = new Set(next.bars.stage);
      legend.replaceChildren(
        ...next.stages.flatMap(({ name }, i) =>
          used.has(i) ? [h("li", {}, h("i", { style: `background:${stageColour(i)}` }), name)] : [],
        ),
      );
      element.setAttribute(
        "aria-label",
        `Timeline: ${formatCount(next.bars.at.length)} batches of ${next.lanes.length} workers; the table of stages has the figures`,
      );
      picture.redraw();
    },
  };
}

function button(text: string, action: () => void): HTMLButtonElement {
  const element = h("button", { type: "button" }, text);
  element.addEventListener("click", action);
  return element;
}
