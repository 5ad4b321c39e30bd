import { formatBytes } from "../cli/format.ts";
import type { HeatData, ReportData, StageData } from "../shared/engine/report/report-data.ts";
import { HEAT_GRADIENT, heatColour } from "./colours.ts";
import { canvas, h, section, showTip, table, themed } from "./dom.ts";
import { clock } from "./time-window.ts";

const METRICS = {
  ms: { label: "time of a task", format: clock },
  read: { label: "bytes read", format: formatBytes },
  wrote: { label: "bytes written", format: formatBytes },
} as const;
type Metric = keyof typeof METRICS;

/** Cells of a row where there is only one axis. */
const WRAP = 48;
const SLOWEST = 8;

/** Which part of the array took how long: a cell a task, a slice of the last two axes. */
export function heatMap() {
  let data: ReportData | undefined;
  let stage = -1;
  let metric: Metric = "ms";
  /** Index along each axis but the two that are drawn. */
  let slice: number[] = [];
  const stages = h("select", { id: "heat-stage" });
  const metrics = h("select", { id: "heat-metric" });
  for (const [name, { label }] of Object.entries(METRICS))
    metrics.append(h("option", { value: name }, label));
  const sliders = h("div", { class: "sliders" });
  const picture = canvas("Heat map of the tasks", draw);
  const { element } = picture;
  element.className = "heat";
  const scale = h("div", { class: "scale" });
  const slowest = h("div");
  const controls = h(
    "div",
    { class: "controls" },
    h("label", { for: "heat-stage" }, "Stage"),
    stages,
    h("label", { for: "heat-metric" }, "Shows"),
    metrics,
    sliders,
  );
  const root = section("heat", "Chunks", controls, element, scale, slowest);

  stages.addEventListener("change", () => {
    stage = Number(stages.value);
    slice = [];
    show();
  });
  metrics.addEventListener("change", () => {
    metric = metrics.value as Metric;
    show();
  });
  element.addEventListener("pointermove", (event) => showTip(event, tipAt(event)));
  element.addEventListener("pointerleave", (event) => showTip(event, []));

  const heat = (): HeatData | undefined => data?.stages[stage]?.heat;

  /** Rows and columns of the slice, and where its cells are in the list. */
  function layout(shown: HeatData): {
    rows: number;
    columns: number;
    at: (row: number, column: number) => number;
  } {
    const { cells } = shown;
    if (cells.length < 2) {
      const count = cells[0] ?? 1;
      const columns = Math.min(count, WRAP);
      const at = (row: number, column: number) =>
        row * columns + column < count ? row * columns + column : -1;
      return { rows: Math.ceil(count / columns), columns, at };
    }
    const [rows, columns] = cells.slice(-2) as [number, number];
    let first = 0;
    for (let axis = 0; axis < cells.length - 2; axis++) first = first * cells[axis]! + (slice[axis] ?? 0);
    return { rows, columns, at: (row, column) => (first * rows + row) * columns + column };
  }

  function range(shown: HeatData): [number, number] {
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const value of shown[metric]) {
      if (value < 0) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return Number.isFinite(least) ? [least, most] : [0, 0];
  }

  function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
    const shown = heat();
    if (!shown) return;
    const { rows, columns, at } = layout(shown);
    const [least, most] = range(shown);
    const [across, down] = [width / columns, height / rows];
    const gap = Math.min(across, down) > 8 ? 1 : 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const i = at(row, column);
        if (i < 0) continue;
        const value = shown[metric][i]!;
        context.fillStyle =
          value < 0 ? themed("--line") : heatColour(most > least ? (value - least) / (most - least) : 0.5);
        context.fillRect(column * across, row * down, Math.max(0.5, across - gap), Math.max(0.5, down - gap));
      }
    }
  }

  function tipAt(event: MouseEvent): string[] {
    const shown = heat();
    if (!shown) return [];
    const { rows, columns, at } = layout(shown);
    const box = element.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const i = row < rows && column < columns ? at(row, column) : -1;
    if (i < 0) return [];
    const value = shown[metric][i]!;
    const { label, format } = METRICS[metric];
    return [placeOf(shown, i), value < 0 ? "not done" : `${label}: ${format(value)}`];
  }

  function show(): void {
    const shown = heat();
    root.hidden = !shown;
    if (!shown) return;
    const { rows, columns } = layout(shown);
    const [ratioY, ratioX] = shown.cells.length < 2 ? [1, 1] : (shown.block.slice(-2) as [number, number]);
    const shape = (rows * ratioY) / (columns * ratioX);
    const wide = Math.min(760, Math.max(160, 420 / Math.max(0.02, shape)), columns * 96);
    element.style.width = `min(100%, ${Math.round(wide)}px)`;
    element.style.aspectRatio = `${wide} / ${Math.max(18, Math.min(460, wide * shape))}`;
    sliders.replaceChildren(...slidersOf(shown));
    const { label, format } = METRICS[metric];
    const [least, most] = range(shown);
    const name = data!.stages[stage]!.name;
    element.setAttribute(
      "aria-label",
      `Heat map of ${name}: ${label} of each task, from ${format(least)} to ${format(most)}`,
    );
    scale.replaceChildren(format(least), h("i", { style: `background:${HEAT_GRADIENT}` }), format(most));
    const order = shown[metric]
      .map((value, i) => [value, i] as const)
      .filter(([value]) => value >= 0)
      .sort(([a], [b]) => b - a)
      .slice(0, SLOWEST);
    slowest.replaceChildren(
      h(
        "details",
        {},
        h("summary", {}, "The largest"),
        table(
          `Largest: ${label}`,
          ["Where", label],
          order.map(([value, i]) => [placeOf(shown, i), format(value)]),
          [1],
        ),
      ),
    );
    picture.redraw();
  }

  function slidersOf(shown: HeatData): HTMLElement[] {
    const found: HTMLElement[] = [];
    for (let axis = 0; axis < shown.cells.length - 2; axis++) {
      const count = shown.cells[axis]!;
      if (count < 2) continue;
      const id = `heat-axis-${axis}`;
      const now = slice[axis] ?? 0;
      const text = h("output", { for: id }, spanOf(shown, axis, now));
      const input = h("input", { type: "range", id, min: 0, max: count - 1, value: now });
      input.addEventListener("input", () => {
        slice = shown.cells.map((_, i) => (i === axis ? Number(input.value) : (slice[i] ?? 0)));
        text.textContent = spanOf(shown, axis, slice[axis]!);
        picture.redraw();
      });
      found.push(h("span", {}, h("label", { for: id }, shown.axes[axis]!), input, text));
    }
    return found;
  }

  return {
    root,
    update(next: ReportData): void {
      data = next;
      if (!next.stages[stage]?.heat) {
        stage = slowestStage(next.stages);
        slice = [];
      }
      const options = next.stages.flatMap(({ name, heat: found }, i) =>
        found ? [h("option", { value: i, selected: i === stage }, name)] : [],
      );
      if (document.activeElement !== stages) stages.replaceChildren(...options);
      stages.value = String(stage);
      show();
    },
  };
}

/** What took longest is looked at first. */
function slowestStage(stages: readonly StageData[]): number {
  let best = -1;
  for (const [i, { heat, busySeconds }] of stages.entries())
    if (heat && (best < 0 || busySeconds > stages[best]!.busySeconds)) best = i;
  return best;
}

function placeOf(shown: HeatData, index: number): string {
  const cell = shown.cells.map(() => 0);
  for (let axis = cell.length - 1, rest = index; axis >= 0; axis--) {
    cell[axis] = rest % shown.cells[axis]!;
    rest = Math.floor(rest / shown.cells[axis]!);
  }
  return cell.map((_, axis) => `${shown.axes[axis]} ${spanOf(shown, axis, cell[axis]!)}`).join(", ");
}

/** The elements that a cell has along an axis. */
function spanOf({ block, shape }: HeatData, axis: number, cell: number): string {
  const start = cell * block[axis]!;
  const stop = Math.min(start + block[axis]!, shape[axis]!);
  return stop - start === 1 ? String(start) : `${start}:${stop}`;
}
