import { type Block, newBlock, sizeOf } from "../block/block.ts";
import { type Boundary, CONSTANT_INDEX, mapIndex } from "../block/boundary.ts";
import { type DType, itemSize, viewOf } from "../block/dtype.ts";
import { castBlock, castReference, dtypeCode } from "./cast.ts";
import type { Heap, HeapBlock } from "./heap.ts";

/** A filter along one axis. */
export interface AxisFilter {
  readonly axis: number;
  /**
   * Correlated with the elements: of distance 0 to the radius where there is a symmetry, else of all taps from the
   * lowest index up.
   */
  readonly weights: Float64Array;
  /** The weights on the side of lower indices: the same, or negated (and 0 in the centre); or weights are given for all. */
  readonly symmetry: "even" | "odd" | "none";
  /** Without symmetry: how many of the taps lie before the element. */
  readonly before?: number;
  /** What the sum is divided by, once; 1 by default. A mean of equal values is that value. */
  readonly divisor?: number;
  /** Instead of the boundary of all filters. */
  readonly boundary?: Exclude<Boundary, "none">;
}

/** How many elements a filter looks at on either side. */
export function reachOf({ weights, symmetry, before = 0 }: AxisFilter): readonly [number, number] {
  if (symmetry !== "none") return [weights.length - 1, weights.length - 1];
  return [before, weights.length - 1 - before];
}

/** Where the elements that a filter looks at may lie, on either side. */
function radiusOf(filter: AxisFilter): number {
  return Math.max(...reachOf(filter), 0);
}

/** The kernel module's codes. */
export const SYMMETRIES = ["even", "odd", "none"];

interface SeparableExports {
  separablePass(
    dtype: number,
    src: number,
    dst: number,
    double: boolean,
    symmetry: number,
    outer: number,
    n: number,
    inner: number,
    radius: number,
    weights: number,
    taps: number,
    before: number,
    edges: number,
    constant: number,
    divisor: number,
    panel: number,
    block: number,
    buffer: number,
    saved: number,
    final: boolean,
  ): void;
}

/** The rows that make one output row: they should stay in the first-level cache. */
const WINDOW_BYTES = 24_576;
/** All rows that are buffered at once: they should stay in the second-level cache. */
const BUFFER_BYTES = 131_072;
/** What passes from one filter to the next at a time: it should stay in the second-level cache. */
const GROUP_BYTES = 262_144;
/** Whole vectors are computed, so up to this much is read, and never used, beyond the buffer's last element. */
const SLACK_BYTES = 64;

/** What linear filters compute in, and give: float32 for integers up to 16 bits and float16, float32; else float64. */
export function linearDType(input: DType): "float32" | "float64" {
  return itemSize(input) <= 2 || input === "float32" ? "float32" : "float64";
}

/**
 * Correlates with one filter after the other, in the given order, in the precision of `linearDType`; no filter at
 * all is a cast. Sums run from the centre outwards, the two elements at each distance added first; without
 * symmetry from the lowest index up. `boundary` says
 * what lies beyond the block's ends, at each pass.
 */
export function separable(
  heap: Heap,
  input: HeapBlock,
  filters: readonly AxisFilter[],
  boundary: Exclude<Boundary, "none">,
): HeapBlock {
  const dtype = linearDType(input.dtype);
  if (filters.length === 0) return castBlock(heap, input, dtype);
  const output = heap.alloc(dtype, input.shape);
  if (output.data.length === 0) return output;
  const scratch = heap.allocBytes(scratchOf(input.shape, filters, dtype));
  try {
    filterGroups(heap, { input, output, filters, boundary, scratch }, 0, 0, output.data.length);
  } finally {
    heap.freeBytes(scratch);
  }
  return output;
}

interface Job {
  readonly input: HeapBlock;
  readonly output: HeapBlock;
  readonly filters: readonly AxisFilter[];
  readonly boundary: Exclude<Boundary, "none">;
  readonly scratch: number;
}

/**
 * Applies filters `first` and on to the elements [start, start + count): as many whole (axis, inner) slabs at a time as
 * stay in the cache from one filter to the next, and at least one of the slabs of those that follow.
 */
function filterGroups(heap: Heap, job: Job, first: number, start: number, count: number): void {
  const filter = job.filters[first];
  if (filter === undefined) return;
  const { input, output, scratch } = job;
  const boundary = filter.boundary ?? job.boundary;
  const { separablePass } = heap.exports as unknown as SeparableExports;
  const double = output.dtype === "float64";
  const layout = passLayout(input.shape, filter, output.dtype);
  const source = first === 0 ? input : output;
  const slab = layout.n * layout.inner;
  const outermost = Math.min(...job.filters.slice(first).map(({ axis }) => axis));
  const least = sizeOf(input.shape.slice(outermost));
  const group = least * Math.max(1, Math.floor(GROUP_BYTES / (least * itemSize(output.dtype))));
  for (let at = start; at < start + count; at += group) {
    const size = Math.min(group, start + count - at);
    fillTables(heap, job, layout, filter, boundary);
    separablePass(
      dtypeCode(source.dtype),
      source.ptr + at * itemSize(source.dtype),
      output.ptr + at * itemSize(output.dtype),
      double,
      SYMMETRIES.indexOf(filter.symmetry),
      size / slab,
      layout.n,
      layout.inner,
      layout.radius,
      scratch,
      filter.weights.length,
      filter.before ?? 0,
      scratch + layout.edgesAt,
      typeof boundary === "object" ? Number(boundary.constant) : 0,
      filter.divisor ?? 1,
      layout.panel,
      layout.block,
      scratch + layout.bufferAt,
      scratch + layout.savedAt,
      first === job.filters.length - 1,
    );
    filterGroups(heap, job, first + 1, at, size);
  }
}

/** Heap bytes that `separable` needs beyond its input and output. */
export function separableScratch(
  shape: readonly number[],
  filters: readonly AxisFilter[],
  input: DType,
): number {
  return sizeOf(shape) === 0 || filters.length === 0 ? 0 : scratchOf(shape, filters, linearDType(input));
}

function scratchOf(shape: readonly number[], filters: readonly AxisFilter[], dtype: DType): number {
  return Math.max(...filters.map((filter) => passLayout(shape, filter, dtype).bytes));
}

interface PassLayout {
  readonly n: number;
  readonly inner: number;
  readonly radius: number;
  /** Columns that are computed at a time: all of them, or whole cache lines. */
  readonly panel: number;
  /** Rows that are computed at a time. */
  readonly block: number;
  readonly edgesAt: number;
  readonly bufferAt: number;
  readonly savedAt: number;
  readonly bytes: number;
}

function passLayout(shape: readonly number[], filter: AxisFilter, dtype: DType): PassLayout {
  const { axis, weights } = filter;
  const radius = radiusOf(filter);
  const size = itemSize(dtype);
  const n = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const line = 64 / size;
  const widest = Math.max(line, WINDOW_BYTES / (2 * radius + 1) / size);
  const panels = Math.ceil(inner / widest);
  const panel = panels === 1 ? inner : Math.min(inner, Math.ceil(inner / panels / line) * line);
  const rowBytes = panel * size;
  const block = Math.min(n, Math.max(radius, 1, Math.floor(BUFFER_BYTES / rowBytes) - 2 * radius));
  const edgesAt = roundUp(weights.length * size);
  const bufferAt = edgesAt + roundUp(2 * radius * 4);
  const savedAt = bufferAt + roundUp((block + 2 * radius) * rowBytes + SLACK_BYTES);
  const bytes = savedAt + (block < n ? roundUp(radius * rowBytes) : 0);
  return { n, inner, radius, panel, block, edgesAt, bufferAt, savedAt, bytes };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

function fillTables(
  heap: Heap,
  { scratch, output }: Job,
  layout: PassLayout,
  { weights }: AxisFilter,
  boundary: Boundary,
): void {
  const { n, radius } = layout;
  (viewOf(output.dtype, heap.memory.buffer, scratch, weights.length) as Float64Array).set(weights);
  const edges = new Int32Array(heap.memory.buffer, scratch + layout.edgesAt, 2 * radius);
  for (let i = 0; i < radius; i++) {
    edges[i] = mapIndex(i - radius, n, boundary);
    edges[radius + i] = mapIndex(n + i, n, boundary);
  }
}

/** The same as `separable` in plain TypeScript. */
export function separableReference(
  input: Block,
  filters: readonly AxisFilter[],
  boundary: Exclude<Boundary, "none">,
): Block {
  const dtype = linearDType(input.dtype);
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  let source = castReference(input, dtype);
  for (const filter of filters) {
    const { axis, weights, symmetry, before = 0, divisor = 1 } = filter;
    const beyond = filter.boundary ?? boundary;
    const constant = round(typeof beyond === "object" ? Number(beyond.constant) : 0);
    const result = newBlock(dtype, input.shape);
    const n = input.shape[axis]!;
    const inner = sizeOf(input.shape.slice(axis + 1));
    const radius = radiusOf(filter);
    const stands = Int32Array.from({ length: n + 2 * radius }, (_, i) => mapIndex(i - radius, n, beyond));
    for (let at = 0; at < source.data.length; at++) {
      const i = Math.floor(at / inner) % n;
      const value = (distance: number): number => {
        const index = stands[i + distance + radius]!;
        return index === CONSTANT_INDEX ? constant : (source.data[at + (index - i) * inner] as number);
      };
      let sum = round(round(weights[0]!) * value(symmetry === "none" ? -before : 0));
      for (let k = 1; k < weights.length; k++) {
        const term =
          symmetry === "none"
            ? value(k - before)
            : round(symmetry === "odd" ? value(k) - value(-k) : value(-k) + value(k));
        sum = round(sum + round(round(weights[k]!) * term));
      }
      result.data[at] = divisor === 1 ? sum : round(sum / divisor);
    }
    source = result;
  }
  return source;
}
