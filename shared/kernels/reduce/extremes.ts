import { itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Part } from "./accumulator.ts";
import { reduceExports } from "./exports.ts";
import { extremeView, oneNaN } from "./extreme.ts";
import type { ReductionOperation, ReductionState } from "./reduction.ts";

/** numpy.min. NaN spreads; -0 is under +0. INVALID_ARGUMENT for the minimum of nothing. */
export const min: ReductionOperation = {
  name: "min",
  needs: ["min"],
  outputDType: (dtype) => dtype,
  finish: (heap, state, [part]) => finishExtreme(heap, state, part!, "minimum"),
};

/** numpy.max. NaN spreads; +0 is over -0. INVALID_ARGUMENT for the maximum of nothing. */
export const max: ReductionOperation = {
  name: "max",
  needs: ["max"],
  outputDType: (dtype) => dtype,
  finish: (heap, state, [part]) => finishExtreme(heap, state, part!, "maximum"),
};

export function finishExtreme(heap: Heap, state: ReductionState, part: Part, name: string): HeapBlock {
  if (state.count === 0 && part.length > 0) throw ofNothing(part, name);
  const out = heap.alloc(part.dtype, state.shape);
  if (part.dtype === "float16") {
    const held = extremeView(heap, part);
    const bits = new Uint16Array(heap.memory.buffer, out.ptr, part.length);
    for (let i = 0; i < part.length; i++) bits[i] = halfOfKey(held[i] as number);
  } else {
    const bytes = part.length * itemSize(part.dtype);
    reduceExports(heap).copyRows(out.ptr, bytes, part.ptr, bytes, bytes, 1);
    oneNaN(heap, part.dtype, out.ptr, part.length);
  }
  return out;
}

export function ofNothing(part: Part, name: string): LamellaError {
  return new LamellaError(
    "INVALID_ARGUMENT",
    `zero-size array to reduction operation ${name}, which has no identity`,
    {
      hint: "The axes that are reduced hold no elements: check the slice before it.",
      details: { operation: part.kind },
    },
  );
}

function halfOfKey(key: number): number {
  if (key > 0x7c00 || key < ~0x7c00) return 0x7e00;
  return key < 0 ? key ^ 0x7fff : key;
}
