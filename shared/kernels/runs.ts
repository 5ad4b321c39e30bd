import { type Block, sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import { type Neighbourhood, precedingSteps } from "./neighbourhood.ts";

interface RunsExports {
  countRuns(mask: number, size: number, rows: number, n: number): number;
  findRuns(
    mask: number,
    size: number,
    rows: number,
    n: number,
    width: number,
    rowStart: number,
    runs: number,
    parent: number,
  ): void;
  joinRuns(
    axes: number,
    dims: number,
    at: number,
    rows: number,
    steps: number,
    stepCount: number,
    width: number,
    rowStart: number,
    runs: number,
    parent: number,
  ): void;
}

/** A mask's runs, joined into components: tables in the heap, as the kernel module's runs.ts describes them. */
export interface Runs {
  readonly rows: number;
  /** Elements of a row. */
  readonly n: number;
  readonly count: number;
  /** Bytes of a run's first element and of its end: 2 or 4. */
  readonly width: number;
  readonly rowStart: number;
  readonly runs: number;
  readonly parent: number;
}

/**
 * Finds the runs of nonzero elements of an integer or bool mask, joins those that touch, and hands them to `use`;
 * the tables are freed after that. The mask must have elements.
 *
 * `within`, a block of uint32 of the mask's shape that nothing is in yet, lends its end to `runs` where a run takes no more than
 * an element of it: there are at least as many elements from a run on as there are runs, so labels that are painted in order
 * never reach a run that is still to come.
 */
export function withRuns<T>(
  heap: Heap,
  mask: HeapBlock,
  neighbourhood: Neighbourhood,
  use: (runs: Runs) => T,
  within?: HeapBlock,
): T {
  const { countRuns, findRuns, joinRuns } = heap.exports as unknown as RunsExports;
  const grid = gridOf(mask.shape, neighbourhood);
  const { rows, n } = grid;
  const size = itemSize(mask.dtype);
  const count = countRuns(mask.ptr, size, rows, n) >>> 0;
  const isWithin = within !== undefined && fitsElement(n);
  const layout = layoutOf(grid, count, isWithin);
  const table = heap.allocBytes(layout.bytes);
  try {
    const rowStart = table;
    const runs = isWithin ? within.ptr + 4 * (rows * n - count) : table + layout.runsAt;
    const parent = table + layout.parentAt;
    const numbers = new Int32Array(heap.memory.buffer, table + layout.stepsAt, layout.stepsLength);
    numbers.set([...grid.dims, ...grid.dims.map(() => 0), ...grid.steps.flat()]);
    const dims = table + layout.stepsAt;
    const axes = grid.dims.length;
    const width = widthOf(n);
    findRuns(mask.ptr, size, rows, n, width, rowStart, runs, parent);
    const counters = dims + 4 * axes;
    const steps = counters + 4 * axes;
    joinRuns(axes, dims, counters, rows, steps, grid.steps.length, width, rowStart, runs, parent);
    return use({ rows, n, count, width, rowStart, runs, parent });
  } finally {
    heap.freeBytes(table);
  }
}

/** Most heap bytes that `withRuns` needs, where every second element is a run; `within`: beside the block that it is lent. */
export function runsScratch(
  shape: readonly number[],
  neighbourhood: Neighbourhood,
  { within = false }: { readonly within?: boolean } = {},
): number {
  if (sizeOf(shape) === 0) return 0;
  const grid = gridOf(shape, neighbourhood);
  return layoutOf(grid, mostRuns(shape, neighbourhood), within && fitsElement(grid.n)).bytes;
}

/** The most runs that a mask of this shape can have. */
export function mostRuns(shape: readonly number[], neighbourhood: Neighbourhood): number {
  const { rows, n } = gridOf(shape, neighbourhood);
  return rows * Math.ceil(n / 2);
}

interface RunGrid {
  readonly rows: number;
  readonly n: number;
  /** Sizes of the axes before the last. */
  readonly dims: readonly number[];
  /** For each preceding row that may touch: rows back, 1 where diagonals along the last axis touch, step per axis. */
  readonly steps: readonly (readonly number[])[];
}

/** Axes of one element never matter; a last axis that is not connected becomes one of rows of one element. */
function gridOf(shape: readonly number[], { connectivity, connected }: Neighbourhood): RunGrid {
  const kept = shape.map((size, i) => ({ size, joined: connected[i]! })).filter(({ size }) => size !== 1);
  if (kept.at(-1)?.joined !== true) kept.push({ size: 1, joined: true });
  const n = kept.pop()!.size;
  const dims = kept.map(({ size }) => size);
  const strides = dims.map((_, i) => sizeOf(dims.slice(i + 1)));
  const steps = precedingSteps({ connectivity, connected: kept.map(({ joined }) => joined) }).map((step) => {
    const rowsBack = -step.reduce((sum, d, i) => sum + d * strides[i]!, 0);
    const moved = step.filter((d) => d !== 0).length;
    return [rowsBack, moved < connectivity ? 1 : 0, ...step];
  });
  return { rows: sizeOf(dims), n, dims, steps };
}

/** An end may lie one past the last element, and must fit. */
function widthOf(n: number): number {
  return n < 2 ** 16 ? 2 : 4;
}

/** Whether a run, two positions in a row of `n`, takes no more than an element of uint32. */
function fitsElement(n: number): boolean {
  return 2 * widthOf(n) <= 4;
}

function layoutOf({ rows, n, dims, steps }: RunGrid, count: number, runsElsewhere: boolean) {
  const runsAt = roundUp(4 * (rows + 1));
  const parentAt = runsAt + (runsElsewhere ? 0 : roundUp(2 * widthOf(n) * count));
  const stepsAt = parentAt + roundUp(4 * count);
  const stepsLength = 2 * dims.length + steps.length * (2 + dims.length);
  return { runsAt, parentAt, stepsAt, stepsLength, bytes: roundUp(stepsAt + 4 * stepsLength) };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/**
 * The component of each element, by flood fill in plain TypeScript: 0 outside the mask, else numbered from 1 by first
 * element in C order. Equals scipy.ndimage.label.
 */
export function componentsReference(mask: Block, neighbourhood: Neighbourhood): Uint32Array {
  const { shape, data } = mask;
  const half = precedingSteps(neighbourhood);
  const steps = [...half, ...half.map((step) => step.map((d) => -d))];
  const labels = new Uint32Array(data.length);
  let count = 0;
  for (let first = 0; first < data.length; first++) {
    if (!data[first] || labels[first] !== 0) continue;
    labels[first] = ++count;
    const queue = [first];
    for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
      for (const step of steps) {
        const to = neighbour(from, step, shape);
        if (to === undefined || !data[to] || labels[to] !== 0) continue;
        labels[to] = count;
        queue.push(to);
      }
    }
  }
  return labels;
}

function neighbour(from: number, step: readonly number[], shape: readonly number[]): number | undefined {
  let to = from;
  let rest = from;
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis]!;
    const at = (rest % n) + step[axis]!;
    if (at < 0 || at >= n) return undefined;
    to += step[axis]! * stride;
    rest = Math.floor(rest / n);
    stride *= n;
  }
  return to;
}
