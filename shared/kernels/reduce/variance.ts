import { finishExact, floatResult } from "./finish-exact.ts";
import type { ReductionOperation } from "./reduction.ts";

/**
 * numpy.var and numpy.std. The variance is (n S2 - S1^2) / (n (n - ddof)) from the exact sums S1 and S2 of the
 * elements and of their squares, rounded once; std is the square root of the variance in float64. As in numpy, n - ddof
 * under 1 counts as 0: NaN, or infinity where the elements differ. NaN where any element isn't finite.
 */
export const variance: ReductionOperation = {
  name: "var",
  needs: ["moments"],
  outputDType: floatResult,
  finish: (heap, state, [part], ddof) => finishExact(heap, state, part!, "var", ddof),
};

export const standardDeviation: ReductionOperation = {
  name: "std",
  needs: ["moments"],
  outputDType: floatResult,
  finish: (heap, state, [part], ddof) => finishExact(heap, state, part!, "std", ddof),
};
