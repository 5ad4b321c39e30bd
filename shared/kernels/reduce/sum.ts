import { isFloat, isUnsigned } from "../../block/dtype.ts";
import { exactLayout } from "./exact-sum.ts";
import { reduceExports } from "./exports.ts";
import { finishExact } from "./finish-exact.ts";
import type { ReductionOperation } from "./reduction.ts";

/**
 * numpy.sum. Of bool and signed integers int64, of unsigned ones uint64, both wrapping at 64 bits; of floats their own
 * dtype, the exact sum rounded once (numpy's pairwise sum is near it). inf - inf is NaN.
 */
export const sum: ReductionOperation = {
  name: "sum",
  needs: "sum",
  outputDType: (dtype) =>
    isFloat(dtype) ? dtype : isUnsigned(dtype) && dtype !== "bool" ? "uint64" : "int64",
  finish(heap, state, part) {
    if (isFloat(part.dtype)) return finishExact(heap, state, part, "sum", 0);
    const out = heap.alloc(sum.outputDType(part.dtype), state.shape);
    const { stride, digits } = exactLayout(part.kind, part.dtype);
    reduceExports(heap).reduceFinishIntegers(part.ptr, part.length, stride, digits, out.ptr);
    return out;
  },
};
