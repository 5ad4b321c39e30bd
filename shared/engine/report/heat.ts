import { cellAt } from "../../block/grid-order.ts";
import type { Plan, Stage } from "../../plan/schema.ts";
import { type TaskRange, tasksOf } from "../ranges.ts";
import type { BatchTiming } from "../timing.ts";
import type { HeatData } from "./report-data.ts";

/** Cells of a stage that a page can hold and draw; beyond, neighbours share one. */
const MOST_CELLS = 40_000;
/** Tasks whose place is looked up, of one stage: of more, every other batch (or third, ...) is drawn. */
const MOST_TASKS = 2_000_000;

/** Collects what the tasks of a stage took, cell by cell of the array that is cut into tasks. */
export class Heat {
  readonly #grid: readonly number[];
  readonly #merged: number[];
  readonly #cells: readonly number[];
  readonly #count: Uint32Array;
  readonly #ms: Float64Array;
  readonly #read: Float64Array;
  readonly #wrote: Float64Array;
  readonly #facts: Pick<HeatData, "axes" | "shape" | "block">;
  readonly #every: number;

  constructor(plan: Plan, stage: Stage) {
    const { shape, block, axes } = boxesOf(plan, stage);
    this.#grid = shape.map((n, axis) => Math.max(1, Math.ceil(n / block[axis]!)));
    this.#merged = mergedCells(this.#grid);
    this.#cells = this.#grid.map((n, axis) => Math.ceil(n / this.#merged[axis]!));
    this.#facts = { axes, shape, block: block.map((n, axis) => n * this.#merged[axis]!) };
    const size = this.#cells.reduce((a, b) => a * b, 1);
    this.#count = new Uint32Array(size);
    this.#ms = new Float64Array(size);
    this.#read = new Float64Array(size);
    this.#wrote = new Float64Array(size);
    this.#every = Math.ceil(stage.tasks / MOST_TASKS);
  }

  /** Tasks that share a cell. */
  get merged(): number {
    return this.#merged.reduce((a, b) => a * b, 1);
  }

  /** Each so many batches one is drawn. */
  get every(): number {
    return this.#every;
  }

  add(batch: number, ranges: readonly TaskRange[], timing: BatchTiming): void {
    if (batch % this.#every !== 0) return;
    let i = -1;
    for (const task of tasksOf(ranges)) {
      const ms = timing.taskMs[++i];
      if (ms === undefined) return;
      const cell = cellAt(task, this.#grid);
      let at = 0;
      for (let axis = 0; axis < cell.length; axis++)
        at = at * this.#cells[axis]! + Math.floor(cell[axis]! / this.#merged[axis]!);
      this.#count[at]!++;
      this.#ms[at]! += ms;
      this.#read[at]! += timing.taskRead[i] ?? 0;
      this.#wrote[at]! += timing.taskWrote[i] ?? 0;
    }
  }

  /** Means of the tasks of each cell. */
  get data(): HeatData {
    const mean = (sums: Float64Array, digits: number): number[] =>
      Array.from(sums, (sum, i) =>
        this.#count[i] === 0 ? -1 : Math.round((sum / this.#count[i]!) * digits) / digits,
      );
    return {
      ...this.#facts,
      cells: this.#cells,
      merged: this.#merged,
      ms: mean(this.#ms, 10),
      read: mean(this.#read, 1),
      wrote: mean(this.#wrote, 1),
    };
  }
}

/** The array that a stage's tasks are boxes of; where they are not, the tasks in a row. */
function boxesOf(
  plan: Plan,
  stage: Stage,
): { shape: readonly number[]; block: readonly number[]; axes: string[] } {
  if ("grid" in stage) {
    const { shape, block } = stage.grid;
    const cells = shape.reduce((n, length, axis) => n * Math.ceil(length / block[axis]!), 1);
    if (cells === stage.tasks) return { shape, block, axes: axesOf(plan, stage, shape.length) };
  }
  return { shape: [stage.tasks], block: [1], axes: ["task"] };
}

/** Axes are named by the arrays that are written; tczyx by their number otherwise. */
function axesOf(plan: Plan, stage: Stage, rank: number): string[] {
  const writes =
    "writes" in stage
      ? (stage.writes ?? [])
      : "array" in stage && stage.array
        ? [{ array: stage.array }]
        : [];
  for (const { array } of writes) {
    const written = plan.arrays[array];
    const names = written && written.role !== "input" ? written.spec.dimensionNames : undefined;
    if (names?.length === rank) return [...names];
  }
  return Array.from({ length: rank }, (_, axis) => `axis ${axis}`);
}

function mergedCells(grid: readonly number[]): number[] {
  const merged = grid.map(() => 1);
  const cells = () => grid.map((n, axis) => Math.ceil(n / merged[axis]!));
  while (cells().reduce((a, b) => a * b, 1) > MOST_CELLS) {
    const now = cells();
    merged[now.indexOf(Math.max(...now))]! *= 2;
  }
  return merged;
}
