import type { Heap, HeapBlock } from "../heap.ts";
import type { Part } from "./accumulator.ts";
import { finishExtreme } from "./extremes.ts";
import { finishExact, floatResult } from "./finish-exact.ts";
import { finishProduct } from "./prod.ts";
import type { ReductionOperation, ReductionState } from "./reduction.ts";
import { finishSum, wideDType } from "./sum.ts";

/** numpy.nansum: NaN counts as 0. */
export const nansum: ReductionOperation = {
  name: "nansum",
  needs: ["nansum"],
  outputDType: wideDType,
  finish: (heap, state, [part]) => finishSum(heap, state, part!),
};

/** numpy.nanprod: NaN counts as 1. Rounded in an order that the chunks fix, as prod is. */
export const nanprod: ReductionOperation = {
  name: "nanprod",
  needs: ["nanproduct"],
  outputDType: wideDType,
  finish: (heap, state, [part]) => finishProduct(heap, state, part!),
};

/** numpy.nanmean: of the elements that are not NaN; NaN where there is none. */
export const nanmean: ReductionOperation = {
  name: "nanmean",
  needs: ["nansum", "count"],
  outputDType: floatResult,
  finish: (heap, state, [part, counts]) => finishExact(heap, state, part!, "mean", 0, counts!),
};

/** numpy.nanvar: of the elements that are not NaN; NaN where there are no more of them than `ddof`. */
export const nanvar: ReductionOperation = {
  name: "nanvar",
  needs: ["nanmoments", "count"],
  outputDType: floatResult,
  finish: (heap, state, [part, counts], ddof) => finishExact(heap, state, part!, "var", ddof, counts!),
};

/** numpy.nanstd: the square root of nanvar. */
export const nanstd: ReductionOperation = {
  name: "nanstd",
  needs: ["nanmoments", "count"],
  outputDType: floatResult,
  finish: (heap, state, [part, counts], ddof) => finishExact(heap, state, part!, "std", ddof, counts!),
};

/** numpy.nanmin: of the elements that are not NaN; NaN where there is none. INVALID_ARGUMENT of nothing. */
export const nanmin: ReductionOperation = {
  name: "nanmin",
  needs: ["nanmin", "count"],
  outputDType: (dtype) => dtype,
  finish: (heap, state, parts) => validExtreme(heap, state, parts, "fmin"),
};

/** numpy.nanmax: of the elements that are not NaN; NaN where there is none. INVALID_ARGUMENT of nothing. */
export const nanmax: ReductionOperation = {
  name: "nanmax",
  needs: ["nanmax", "count"],
  outputDType: (dtype) => dtype,
  finish: (heap, state, parts) => validExtreme(heap, state, parts, "fmax"),
};

function validExtreme(heap: Heap, state: ReductionState, parts: readonly Part[], name: string): HeapBlock {
  const [part, counts] = parts as readonly [Part, Part];
  const out = finishExtreme(heap, state, part, name);
  const valid = new Float64Array(heap.memory.buffer, counts.ptr, counts.length);
  for (let i = 0; i < valid.length; i++) if (valid[i] === 0) (out.data as Float64Array)[i] = Number.NaN;
  return out;
}
