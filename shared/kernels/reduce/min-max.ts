import { sizeOf } from "../../block/block.ts";
import { isFloat } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { dtypeCode, reduceExports } from "./exports.ts";
import { reductionOf } from "./reduction-of.ts";

/**
 * Smallest and largest value of a block, NaN left out, as numbers: for display windows. Undefined where the block is
 * empty or all NaN. 64-bit integers are rounded to the nearest float64.
 */
export function minMax(
  heap: Heap,
  block: HeapBlock,
): { readonly min: number; readonly max: number } | undefined {
  const size = sizeOf(block.shape);
  if (size === 0) return undefined;
  if (block.dtype === "float16") return halfRange(block.data as Float16Array);
  if (isFloat(block.dtype)) {
    const out = heap.alloc("float64", [2]);
    reduceExports(heap).reduceFiniteRange(dtypeCode(block.dtype), block.ptr, size, out.ptr);
    const [min, max] = out.data as Float64Array as unknown as [number, number];
    heap.free(out);
    return min > max ? undefined : { min: min + 0, max: max + 0 };
  }
  const reduction = reductionOf(["min", "max"]);
  const state = reduction.init(heap, block.dtype, []);
  reduction.accumulate(
    heap,
    state,
    block,
    block.shape.map((_, axis) => axis),
  );
  const [min, max] = (["min", "max"] as const).map((name) => {
    const result = reduction.finish(heap, state, name);
    const value = Number(result.data[0]);
    heap.free(result);
    return value;
  }) as [number, number];
  reduction.free(heap, state);
  return { min, max };
}

function halfRange(values: Float16Array): { readonly min: number; readonly max: number } | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min > max ? undefined : { min: min + 0, max: max + 0 };
}
