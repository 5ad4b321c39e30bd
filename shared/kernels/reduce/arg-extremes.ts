import { LamellaError } from "../../errors.ts";
import { argIndexes } from "./arg-extreme.ts";
import { ofNothing } from "./extremes.ts";
import type { ReductionOperation } from "./reduction.ts";

/** numpy.argmax: int64, the first of equal elements, or the first NaN. Over one axis, or all: then of the flattened array. */
export const argmax: ReductionOperation = argOf("argmax");

/** numpy.argmin: as argmax, of the smallest element or the first NaN. */
export const argmin: ReductionOperation = argOf("argmin");

/** numpy.nanargmax: of the elements that are not NaN. INVALID_ARGUMENT where there is none. */
export const nanargmax: ReductionOperation = argOf("nanargmax");

/** numpy.nanargmin: of the elements that are not NaN. INVALID_ARGUMENT where there is none. */
export const nanargmin: ReductionOperation = argOf("nanargmin");

function argOf(name: "argmax" | "argmin" | "nanargmax" | "nanargmin"): ReductionOperation {
  return {
    name,
    needs: [name],
    outputDType: () => "int64",
    finish(heap, state, [part]) {
      if (state.count === 0 && part!.length > 0) throw ofNothing(part!, name);
      const records = argIndexes(heap, part!);
      const out = heap.alloc("int64", state.shape);
      const data = out.data as BigInt64Array;
      for (let i = 0; i < data.length; i++) data[i] = records[2 * i + 1]!;
      if (data.includes(-1n)) {
        heap.free(out);
        throw new LamellaError("INVALID_ARGUMENT", `${name}: all elements of a slice are NaN`, {
          hint: "Replace NaN first, or leave such slices out.",
          details: { operation: name },
        });
      }
      return out;
    },
  };
}
