import type { Block } from "../../block/block.ts";
import { type DType, integerRange, isFloat } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { combineExports, roundingOf } from "./combine.ts";

type Float = "float32" | "float64";

/**
 * A copy as floats: integers divided by their dtype's largest value, so from 0 or -1 to 1; floats and bool as they
 * are. Equals skimage.util.img_as_float in that precision.
 */
export function imgAsFloat(heap: Heap, block: HeapBlock, dtype: Float): HeapBlock {
  const result = castBlock(heap, block, dtype);
  const factor = 1 / largestOf(block.dtype);
  if (factor !== 1) {
    combineExports(heap).scale(dtype === "float64", result.ptr, result.data.length, factor, -1);
  }
  return result;
}

/** The same as `imgAsFloat` in plain TypeScript. */
export function imgAsFloatReference(block: Block, dtype: Float): Block {
  const result = castReference(block, dtype);
  const factor = 1 / largestOf(block.dtype);
  if (factor === 1) return result;
  const round = roundingOf(result);
  const data = result.data as Float64Array;
  for (let i = 0; i < data.length; i++) data[i] = Math.max(round(data[i]! * round(factor)), -1);
  return result;
}

/** A dtype's largest value, which becomes 1; 1 for floats and bool. */
export function largestOf(dtype: DType): number {
  return isFloat(dtype) || dtype === "bool" ? 1 : Number(integerRange(dtype)[1]);
}
