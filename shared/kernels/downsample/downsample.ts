import { sizeOf, stridesOf } from "../../block/block.ts";
import { DTYPES, itemSize } from "../../block/dtype.ts";
import type { Heap, HeapBlock, HeapExports } from "../heap.ts";
import { downsampledShape, effectiveFactors } from "./shape.ts";

export const DOWNSAMPLE_METHODS = ["mean", "mode", "nearest", "max", "min", "median"] as const;

/**
 * How a window of elements becomes one; the dtype stays.
 * - `mean`: integers and bool exactly, rounded half to even (numpy.rint of the mean); floats summed in float64 in C
 *   order of the window, divided, rounded to the dtype.
 * - `mode`: the most frequent value, of equals the smallest (scipy.stats.mode); -0 is 0, and all NaN are one value
 *   beyond the others.
 * - `nearest`: the window's first element, as `a[::f]`.
 * - `max`, `min`: NaN spreads (numpy).
 * - `median`: numpy.median; NaN spreads; of an even count the mean of the middle two, of integers rounded half to even.
 */
export type DownsampleMethod = (typeof DOWNSAMPLE_METHODS)[number];

/** The function of wasm/assembly/downsample.ts. */
interface DownsampleExports extends HeapExports {
  downsampleRows(
    method: number,
    dtype: number,
    src: number,
    dst: number,
    dstPitch: number,
    width: number,
    factor: number,
    offsets: number,
    rows: number,
    dims: number,
    leading: number,
    keys: number,
  ): void;
}

/** Bytes of an axis's entry in the walk over rows. */
const DIM_BYTES = 16;

/**
 * A downsampled copy of a block: every window of `factors` elements, one factor per axis, becomes one element. Sizes
 * are rounded down: what is left of a last window is dropped; see downsampledShape. Each element depends on its own
 * window only, so blocks cut at multiples of the factors give the same values as the whole.
 */
export function downsample(
  heap: Heap,
  block: HeapBlock,
  factors: readonly number[],
  method: DownsampleMethod,
): HeapBlock {
  const shape = downsampledShape(block.shape, factors);
  const out = heap.alloc(block.dtype, shape);
  if (sizeOf(shape) === 0) return out;
  const { axes, row } = walk(block.shape, effectiveFactors(block.shape, factors));
  const item = itemSize(block.dtype);
  const offsets = windowRows(axes, item);
  const tables = Math.ceil((offsets.length * 4 + axes.length * DIM_BYTES) / 8) * 8;
  const scratch = heap.allocBytes(scratchBytes(factors, method));
  const words = new Uint32Array(heap.memory.buffer, scratch, tables / 4);
  words.set(offsets);
  for (const [d, { size, factor, stride }] of axes.entries()) {
    const at = offsets.length + d * (DIM_BYTES / 4);
    words[at] = size;
    words[at + 1] = factor * stride * item;
  }
  (heap.exports as DownsampleExports).downsampleRows(
    DOWNSAMPLE_METHODS.indexOf(method),
    DTYPES.indexOf(block.dtype),
    block.ptr,
    out.ptr,
    row.size * item,
    row.size,
    row.factor,
    scratch,
    offsets.length,
    scratch + offsets.length * 4,
    axes.length,
    scratch + tables,
  );
  heap.freeBytes(scratch);
  return out;
}

/** Heap bytes that `downsample` needs at most beyond its input and its output. */
export function scratchBytes(factors: readonly number[], method: DownsampleMethod): number {
  const rows = sizeOf(factors.slice(0, -1));
  const keys = method === "mode" || method === "median" ? sizeOf(factors) : 0;
  return Math.ceil((rows * 4 + factors.length * DIM_BYTES) / 8) * 8 + keys * 8;
}

interface Step {
  /** Output elements along the axis. */
  readonly size: number;
  readonly factor: number;
  /** Input elements from one to the next. */
  readonly stride: number;
}

/** The leading axes and the row, with neighbouring axes of factor 1 taken as one. */
function walk(shape: readonly number[], factors: readonly number[]): { axes: Step[]; row: Step } {
  const strides = stridesOf(shape);
  const steps: Step[] = [];
  for (const [axis, factor] of factors.entries()) {
    const size = Math.floor(shape[axis]! / factor);
    const last = steps.at(-1);
    // a row of factor 1 begins where the axis before it ends, so the two are one
    if (factor === 1 && last?.factor === 1) {
      steps[steps.length - 1] = { size: last.size * size, factor: 1, stride: strides[axis]! };
    } else {
      steps.push({ size, factor, stride: strides[axis]! });
    }
  }
  const row = steps.pop() ?? { size: 1, factor: 1, stride: 1 };
  return { axes: steps, row };
}

/** Byte offsets of a window's pieces of rows from its first one, in C order. */
function windowRows(axes: readonly Step[], item: number): number[] {
  return axes.reduce(
    (offsets, { factor, stride }) =>
      offsets.flatMap((offset) => Array.from({ length: factor }, (_, k) => offset + k * stride * item)),
    [0],
  );
}
