import type { DType } from "../../block/dtype.ts";
import { isFloat } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { type Rounding, roundingOf } from "./rounding.ts";

/**
 * The edges of `bins` bins of equal width from low to high: numpy.histogram_bin_edges. An empty range becomes one of
 * width 1 around it. `ofData`: low and high are the data's own, and so computed with in its dtype, as numpy does. Edges are
 * float64 for integers, else of the data's dtype. INVALID_ARGUMENT for a range that isn't finite or has no room for so
 * many bins.
 */
export function binEdges(
  bins: number,
  low: number,
  high: number,
  dtype: DType,
  ofData: boolean,
): Float64Array {
  if (!(Number.isFinite(low) && Number.isFinite(high))) {
    throw new LamellaError("INVALID_ARGUMENT", `the histogram's range [${low}, ${high}] is not finite`, {
      hint: "Give a range, or replace NaN and infinities first.",
      details: { low, high },
    });
  }
  if (low > high) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `the histogram's range [${low}, ${high}] ends before it begins`,
      { hint: "Give [low, high] with low first." },
    );
  }
  const own = roundingOf(dtype);
  const round: Rounding = ofData ? own : (x) => x;
  const [first, last] = low === high ? [round(low - 0.5), round(high + 0.5)] : [low, high];
  const delta = round(last - first);
  const step = round(delta / bins);
  const edges = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) {
    const along = step === 0 ? round(round(i / bins) * delta) : round(i * step);
    edges[i] = own(round(along + first));
  }
  edges[bins] = own(last);
  for (let i = 0; i < bins; i++) {
    if (edges[i]! >= edges[i + 1]!) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `${bins} bins between ${low} and ${high} have no room in ${isFloat(dtype) ? dtype : "float64"}`,
        { hint: "Take fewer bins, or cast to a wider float first.", details: { bins, low, high } },
      );
    }
  }
  return edges;
}
