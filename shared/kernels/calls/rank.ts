import { callKernel, type KernelCall } from "../kernel-call.ts";
import type { FootprintInput } from "../morphology/footprint.ts";
import type { PerAxis } from "../per-axis.ts";
import type { WindowMode } from "../rank/edge.ts";
import { maximumKernel, minimumKernel } from "../rank/extremes.ts";
import { medianKernel, percentileKernel, rankFilterKernel } from "../rank/rank.ts";

/** The window around each element: `size` or `footprint`, one of them. */
export interface WindowOptions {
  /** Elements of a box per axis. */
  readonly size?: PerAxis<number>;
  /** `{ disk: 3 }` or `"disk(3)"`, likewise ball, square, cube, diamond, octahedron; or nested lists of 0 and 1. */
  readonly footprint?: FootprintInput;
  /** What lies beyond the ends of the block, by scipy's names; reflect by default. */
  readonly mode?: WindowMode;
  /** The value beyond the ends with mode constant; 0 by default. */
  readonly cval?: number;
  /** Shifts the window: positive to lower indices, as in scipy. */
  readonly origin?: PerAxis<number>;
}

/**
 * The middle element of each window, the greater of the two where their number is even. Any dtype, kept; NaN counts as
 * greater than everything. Equals scipy.ndimage.median_filter.
 */
export function median(options: WindowOptions): KernelCall {
  return callKernel(medianKernel, options);
}

export interface PercentileOptions extends WindowOptions {
  /** 0 is the least element, 100 the greatest; negative from the end: -20 is 80. */
  readonly percentile: number;
}

/** The element at a percentile of each window. Any dtype, kept. Equals scipy.ndimage.percentile_filter. */
export function percentile(options: PercentileOptions): KernelCall {
  return callKernel(percentileKernel, options);
}

export interface RankOptions extends WindowOptions {
  /** 0 is the least element; negative from the end: -1 is the greatest. */
  readonly rank: number;
}

/** The element of a rank of each window. Any dtype, kept. Equals scipy.ndimage.rank_filter. */
export function rank(options: RankOptions): KernelCall {
  return callKernel(rankFilterKernel, options);
}

/** The least element of each window, NaN where one is in it. Any dtype, kept. Equals scipy.ndimage.minimum_filter. */
export function minimum(options: WindowOptions): KernelCall {
  return callKernel(minimumKernel, options);
}

/** The greatest element of each window, NaN where one is in it. Any dtype, kept. Equals scipy.ndimage.maximum_filter. */
export function maximum(options: WindowOptions): KernelCall {
  return callKernel(maximumKernel, options);
}
