import { argmaxOf, inFloat32, running, type ThresholdMethod } from "./threshold-counts.ts";

/** The centre of the bin at which the variance between both classes is largest: skimage.filters.threshold_otsu. */
export const otsu: ThresholdMethod = ({ counts, centres, round }) => {
  const n = counts.length;
  if (n === 1) return centres[0]!;
  const weights = inFloat32(counts);
  const products = weights.map((weight, i) => round(weight * centres[i]!));
  const below = running(weights, Math.fround);
  const above = running(weights, Math.fround, true);
  const sumBelow = running(products, round);
  const sumAbove = running(products, round, true);
  const variance = new Float64Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    const distance = round(round(sumBelow[i]! / below[i]!) - round(sumAbove[i + 1]! / above[i + 1]!));
    variance[i] = round(Math.fround(below[i]! * above[i + 1]!) * round(distance * distance));
  }
  return centres[argmaxOf(variance)]!;
};
