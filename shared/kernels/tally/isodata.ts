import { LamellaError } from "../../errors.ts";
import { inFloat32, running, type ThresholdMethod } from "./threshold-counts.ts";

/** The first centre that lies midway between the means of both classes: skimage.filters.threshold_isodata (Ridler and Calvard 1978). */
export const isodata: ThresholdMethod = ({ counts, centres, round }) => {
  const n = counts.length;
  if (n === 1) return centres[0]!;
  const weights = inFloat32(counts);
  const below = running(weights, Math.fround);
  const sums = running(
    weights.map((weight, i) => round(weight * centres[i]!)),
    round,
  );
  const width = round(centres[1]! - centres[0]!);
  for (let i = 0; i < n - 1; i++) {
    const lower = round(sums[i]! / below[i]!);
    const higher = round(round(sums[n - 1]! - sums[i]!) / Math.fround(below[n - 1]! - below[i]!));
    const distance = round(round(round(lower + higher) / 2) - centres[i]!);
    if (distance >= 0 && distance < width) return centres[i]!;
  }
  throw new LamellaError("INVALID_ARGUMENT", "no value lies midway between the means of what it separates", {
    hint: "Use another threshold, such as otsu.",
  });
};
