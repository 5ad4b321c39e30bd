import { bytesOf } from "../../block/dtype.ts";
import type { ReductionOperation } from "./reduction.ts";

/** numpy.any: whether an element is not 0; NaN isn't. False of nothing. */
export const any: ReductionOperation = truthOf("any");

/** numpy.all: whether no element is 0. True of nothing. */
export const all: ReductionOperation = truthOf("all");

function truthOf(name: "any" | "all"): ReductionOperation {
  return {
    name,
    needs: [name],
    outputDType: () => "bool",
    finish(heap, state, [part]) {
      const out = heap.alloc("bool", state.shape);
      bytesOf(out.data).set(new Uint8Array(heap.memory.buffer, part!.ptr, part!.length));
      return out;
    },
  };
}
