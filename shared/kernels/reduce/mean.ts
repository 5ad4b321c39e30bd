import { finishExact, floatResult } from "./finish-exact.ts";
import type { ReductionOperation } from "./reduction.ts";

/** numpy.mean: the exact sum divided by the count, rounded once. NaN of nothing. */
export const mean: ReductionOperation = {
  name: "mean",
  needs: ["sum"],
  outputDType: floatResult,
  finish: (heap, state, [part]) => finishExact(heap, state, part!, "mean", 0),
};
