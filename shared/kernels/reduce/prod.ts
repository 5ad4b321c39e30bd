import { bytesOf } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Part } from "./accumulator.ts";
import { oneNaN } from "./extreme.ts";
import { productView } from "./product.ts";
import type { ReductionOperation, ReductionState } from "./reduction.ts";
import { wideDType } from "./sum.ts";

/**
 * numpy.prod. Of bool and signed integers int64, of unsigned ones uint64, both wrapping at 64 bits; of floats their own
 * dtype, multiplied in float64 and rounded to it at the end. Products of floats are rounded at each step, in an order
 * that the chunks alone fix: other chunks may give another last digit.
 */
export const prod: ReductionOperation = {
  name: "prod",
  needs: ["product"],
  outputDType: wideDType,
  finish: (heap, state, [part]) => finishProduct(heap, state, part!),
};

export function finishProduct(heap: Heap, state: ReductionState, part: Part): HeapBlock {
  const out = heap.alloc(wideDType(part.dtype), state.shape);
  const view = productView(heap, part);
  if (view instanceof Float64Array) {
    (out.data as Float64Array).set(view);
    oneNaN(heap, out.dtype, out.ptr, part.length);
  } else {
    bytesOf(out.data).set(bytesOf(view));
  }
  return out;
}
