import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Part } from "./accumulator.ts";
import { exactLayout } from "./exact-sum.ts";
import { reduceExports } from "./exports.ts";
import type { ReductionState } from "./reduction.ts";

const OPS = { sum: 0, mean: 1, var: 2, std: 3 } as const;

/** mean, var and std of integers are float64; of floats, their own dtype. */
export function floatResult(dtype: DType): DType {
  return isFloat(dtype) ? dtype : "float64";
}

/**
 * Finishes exact sums to floats, each rounded once from the exact value. `counts`: how many elements each output took,
 * where NaN was left out.
 */
export function finishExact(
  heap: Heap,
  state: ReductionState,
  part: Part,
  op: keyof typeof OPS,
  ddof: number,
  counts?: Part,
): HeapBlock {
  const dtype = floatResult(part.dtype);
  const out = heap.alloc(dtype, state.shape);
  const { digits, squareDigits, stride, unit, flagged } = exactLayout(part.kind, part.dtype);
  const { count } = state;
  const divisor = Math.max(0, count - ddof);
  reduceExports(heap).reduceFinishFloats(
    OPS[op],
    part.ptr,
    part.length,
    stride,
    digits,
    squareDigits,
    unit,
    flagged ? 1 : 0,
    count,
    divisor,
    counts?.ptr ?? 0,
    ddof,
    itemSize(dtype),
    out.ptr,
  );
  return out;
}
