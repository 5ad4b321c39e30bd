import { type Block, newBlock, sizeOf } from "../block/block.ts";
import { type Boundary, CONSTANT_INDEX, mapIndex } from "../block/boundary.ts";
import { type DType, itemSize } from "../block/dtype.ts";
import { castBlock, castReference, dtypeCode } from "./cast.ts";
import type { Heap, HeapBlock } from "./heap.ts";

/** A filter along one axis. */
export interface AxisFilter {
  readonly axis: number;
  /** Weights of distance 0 to the radius, correlated with the elements. */
  readonly weights: Float64Array;
  /** The weights on the side of lower indices: the same, or negated (and 0 in the centre). */
  readonly symmetry: "even" | "odd";
}

interface SeparableExports {
  separablePass(
    dtype: number,
    src: number,
    dst: number,
    double: boolean,
    odd: boolean,
    outer: number,
    n: number,
    inner: number,
    radius: number,
    weights: number,
    edges: number,
    constant: number,
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
 * all is a cast. Sums run from the centre outwards, the two elements at each distance added first. `boundary` says
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
 * stay in the cache from one filter to the next.
 */
function filterGroups(heap: Heap, job: Job, first: number, start: number, count: number): void {
  const filter = job.filters[first];
  if (filter === undefined) return;
  const { input, output, boundary, scratch } = job;
  const { separablePass } = heap.exports as unknown as SeparableExports;
  const double = output.dtype === "float64";
  const layout = passLayout(input.shape, filter.axis, filter.weights.length - 1, output.dtype);
  const source = first === 0 ? input : output;
  const slab = layout.n * layout.inner;
  const group = slab * Math.max(1, Math.floor(GROUP_BYTES / (slab * itemSize(output.dtype))));
  for (let at = start; at < start + count; at += group) {
    const size = Math.min(group, start + count - at);
    fillTables(heap, job, layout, filter);
    separablePass(
      dtypeCode(source.dtype),
      source.ptr + at * itemSize(source.dtype),
      output.ptr + at * itemSize(output.dtype),
      double,
      filter.symmetry === "odd",
      size / slab,
      layout.n,
      layout.inner,
      layout.radius,
      scratch,
      scratch + layout.edgesAt,
      typeof boundary === "object" ? Number(boundary.constant) : 0,
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
  return Math.max(
    ...filters.map(({ axis, weights }) => passLayout(shape, axis, weights.length - 1, dtype).bytes),
  );
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

function passLayout(shape: readonly number[], axis: number, radius: number, dtype: DType): PassLayout {
  const size = itemSize(dtype);
  const n = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const line = 64 / size;
  const widest = Math.max(line, WINDOW_BYTES / (2 * radius + 1) / size);
  const panels = Math.ceil(inner / widest);
  const panel = panels === 1 ? inner : Math.min(inner, Math.ceil(inner / panels / line) * line);
  const rowBytes = panel * size;
  const block = Math.min(n, Math.max(radius, 1, Math.floor(BUFFER_BYTES / rowBytes) - 2 * radius));
  const edgesAt = roundUp((radius + 1) * size);
  const bufferAt = edgesAt + roundUp(2 * radius * 4);
  const savedAt = bufferAt + roundUp((block + 2 * radius) * rowBytes + SLACK_BYTES);
  const bytes = savedAt + (block < n ? roundUp(radius * rowBytes) : 0);
  return { n, inner, radius, panel, block, edgesAt, bufferAt, savedAt, bytes };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

function fillTables(heap: Heap, job: Job, layout: PassLayout, { weights }: AxisFilter): void {
  const { scratch, boundary } = job;
  const { n, radius } = layout;
  if (job.output.dtype === "float32") new Float32Array(heap.memory.buffer, scratch, radius + 1).set(weights);
  else new Float64Array(heap.memory.buffer, scratch, radius + 1).set(weights);
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
  const constant = round(typeof boundary === "object" ? Number(boundary.constant) : 0);
  let source = castReference(input, dtype);
  for (const { axis, weights, symmetry } of filters) {
    const result = newBlock(dtype, input.shape);
    const n = input.shape[axis]!;
    const inner = sizeOf(input.shape.slice(axis + 1));
    const radius = weights.length - 1;
    const stands = Int32Array.from({ length: n + 2 * radius }, (_, i) => mapIndex(i - radius, n, boundary));
    for (let at = 0; at < source.data.length; at++) {
      const i = Math.floor(at / inner) % n;
      const value = (distance: number): number => {
        const index = stands[i + distance + radius]!;
        return index === CONSTANT_INDEX ? constant : (source.data[at + (index - i) * inner] as number);
      };
      let sum = round(round(weights[0]!) * value(0));
      for (let k = 1; k <= radius; k++) {
        const pair = round(symmetry === "odd" ? value(k) - value(-k) : value(-k) + value(k));
        sum = round(sum + round(round(weights[k]!) * pair));
      }
      result.data[at] = sum;
    }
    source = result;
  }
  return source;
}
