import { sizeOf } from "../../block/block.ts";
import { type DType, isFloat } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { exactLayout } from "./exact-sum.ts";
import { dtypeCode, reduceExports } from "./exports.ts";
import type { ReductionState } from "./reduction.ts";
import { finishSum, wideDType } from "./sum.ts";

/** What runs along an axis, by numpy's names. */
export const CUMULATIONS = ["cumsum", "cumprod"] as const;
export type Cumulation = (typeof CUMULATIONS)[number];

/** The reduction whose partial state is what has run up before a block. */
export function totalOf(name: Cumulation): "sum" | "prod" {
  return name === "cumsum" ? "sum" : "prod";
}

/** numpy's: integers in 64 bits, floats in their own dtype. */
export function cumulatedDType(dtype: DType): DType {
  return wideDType(dtype);
}

/**
 * The running sum or product of a block along an axis, which goes on from `state`: a state of totalOf(name) over that axis,
 * of all that comes before the block. The state is moved on and may not be used again. Integers wrap at 64 bits; a sum of
 * floats is exact and rounded once at every element, a product is multiplied in float64.
 */
export function cumulate(
  heap: Heap,
  name: Cumulation,
  block: HeapBlock,
  axis: number,
  state: ReductionState,
): HeapBlock {
  const { dtype, shape } = block;
  const out = heap.alloc(wideDType(dtype), shape);
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const n = shape[axis]!;
  const code = dtypeCode(dtype);
  const part = state.parts[0]!;
  const wasm = reduceExports(heap);
  if (isFloat(dtype)) {
    if (name === "cumprod") wasm.cumulateProducts(code, block.ptr, outer, n, inner, part.ptr, out.ptr);
    else {
      const { stride, digits, unit } = exactLayout(part.kind, dtype);
      wasm.cumulateFloats(code, block.ptr, outer, n, inner, part.ptr, stride, digits, unit, out.ptr);
    }
    return out;
  }
  if (name === "cumprod") {
    wasm.cumulateIntegers(1, code, block.ptr, outer, n, inner, part.ptr, out.ptr);
    return out;
  }
  const run = finishSum(heap, state, part);
  wasm.cumulateIntegers(0, code, block.ptr, outer, n, inner, run.ptr, out.ptr);
  heap.free(run);
  return out;
}
