import { inFloat32, type ThresholdMethod } from "./threshold-counts.ts";

/**
 * The threshold of least cross entropy between the image and both classes' means, by Li and Tam's iteration (1998):
 * skimage.filters.threshold_li. Of integers exactly; of floats from a histogram in which a bin's centre stands for its
 * values, in the first the least of all.
 */
export const li: ThresholdMethod = ({ counts, centres, origin, tolerance, round, log }) => {
  const n = counts.length;
  if (n <= 1) return centres[0] ?? Number.NaN;
  // the means are of what lies above the least value
  const values = centres.map((centre) => centre - origin);
  // the first bin is the least value itself: where nothing else lies below, scikit-image ends, as log(0) is not defined
  values[0] = 0;
  const weights = inFloat32(counts);
  let next = mean(counts, values, 0, n);
  let current = -2 * tolerance;
  while (Math.abs(next - current) > tolerance) {
    current = next;
    let split = 0;
    while (split < n && values[split]! <= current) split++;
    const above = mean(weights, values, split, n);
    const below = mean(weights, values, 0, split);
    if (below === 0) break;
    next = (below - above) / (log(below) - log(above));
  }
  return round(next + origin);
};

function mean(weights: Float64Array, values: Float64Array, from: number, to: number): number {
  let weight = 0;
  let sum = 0;
  for (let i = from; i < to; i++) {
    weight += weights[i]!;
    sum += weights[i]! * values[i]!;
  }
  return sum / weight;
}
