import { argmaxOf, type ThresholdMethod } from "./threshold-counts.ts";

/** The bin farthest below a line from the peak to the histogram's far end: skimage.filters.threshold_triangle (Zack et al. 1977). */
export const triangle: ThresholdMethod = ({ counts, centres }) => {
  const n = counts.length;
  let low = 0;
  while (low < n - 1 && counts[low] === 0) low++;
  let high = n - 1;
  while (high > low && counts[high] === 0) high--;
  if (low === high) return centres[low]!;
  let peak = argmaxOf(counts);
  const flip = peak - low < high - peak;
  const histogram = flip ? counts.toReversed() : counts;
  if (flip) {
    low = n - 1 - high;
    peak = n - 1 - peak;
  }
  const width = peak - low;
  const height = histogram[peak]!;
  const norm = Math.sqrt(height * height + width * width);
  const distance = Float64Array.from(
    { length: width },
    (_, i) => (height / norm) * i - (width / norm) * histogram[low + i]!,
  );
  const level = argmaxOf(distance) + low;
  return centres[flip ? n - 1 - level : level]!;
};
