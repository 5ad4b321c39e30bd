import { type DType, isFloat, isUnsigned } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Part } from "./accumulator.ts";
import { exactLayout } from "./exact-sum.ts";
import { reduceExports } from "./exports.ts";
import { finishExact } from "./finish-exact.ts";
import type { ReductionOperation, ReductionState } from "./reduction.ts";

/**
 * numpy.sum. Of bool and signed integers int64, of unsigned ones uint64, both wrapping at 64 bits; of floats their own
 * dtype, the exact sum rounded once (numpy's pairwise sum is near it). inf - inf is NaN.
 */
export const sum: ReductionOperation = {
  name: "sum",
  needs: ["sum"],
  outputDType: wideDType,
  finish: (heap, state, [part]) => finishSum(heap, state, part!),
};

/** What numpy gathers a dtype in: integers in 64 bits, floats in their own. */
export function wideDType(dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  return isUnsigned(dtype) && dtype !== "bool" ? "uint64" : "int64";
}

export function finishSum(heap: Heap, state: ReductionState, part: Part): HeapBlock {
  if (isFloat(part.dtype)) return finishExact(heap, state, part, "sum", 0);
  const out = heap.alloc(wideDType(part.dtype), state.shape);
  const { stride, digits } = exactLayout(part.kind, part.dtype);
  reduceExports(heap).reduceFinishIntegers(part.ptr, part.length, stride, digits, out.ptr);
  return out;
}
