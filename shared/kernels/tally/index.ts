export { binEdges } from "./bin-edges.ts";
export { binCount, type Counting, countBlock, countingBytes } from "./count-block.ts";
export { addCounts, type Counts, newCounts, packCounts, unpackCounts } from "./counts.ts";
export { keyBits } from "./keys.ts";
export {
  narrow,
  PERCENTILE_METHODS,
  type PercentileMethod,
  percentiles,
  ranksOf,
  type Sought,
} from "./percentile.ts";
export { THRESHOLD_NAMES, THRESHOLDS, type ThresholdName, thresholdDType } from "./thresholds.ts";
