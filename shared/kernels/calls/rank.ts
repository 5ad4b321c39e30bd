import { callKernel, type KernelCall } from "../kernel-call.ts";
import type { FootprintInput } from "../morphology/footprint.ts";
import type { PerAxis } from "../per-axis.ts";
import type { WindowMode } from "../rank/edge.ts";
import { maximumKernel, minimumKernel } from "../rank/extremes.ts";

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

/** The least element of each window, NaN where one is in it. Any dtype, kept. Equals scipy.ndimage.minimum_filter. */
export function minimum(options: WindowOptions): KernelCall {
  return callKernel(minimumKernel, options);
}

/** The greatest element of each window, NaN where one is in it. Any dtype, kept. Equals scipy.ndimage.maximum_filter. */
export function maximum(options: WindowOptions): KernelCall {
  return callKernel(maximumKernel, options);
}
