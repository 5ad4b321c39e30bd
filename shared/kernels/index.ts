/**
 * The kernels as `mapBlocks` and `mapOverlap` take them: `gaussian({ sigma: 2 })` is a frozen `KernelCall`, its
 * arguments checked here and now. Each throws INVALID_ARGS naming the parameter, or UNKNOWN_KEY for a misspelt one.
 */
import { gaussianKernel } from "./gaussian.ts";
import { callKernel, type KernelCall } from "./kernel-call.ts";
import type { PerAxis } from "./per-axis.ts";

export type { KernelCall } from "./kernel-call.ts";
export type { PerAxis } from "./per-axis.ts";
export { allKernels, kernelNamed } from "./registry.ts";

export interface GaussianOptions {
  /** Standard deviation, in elements or as a length such as "0.5 um"; 0 leaves an axis alone. */
  readonly sigma: PerAxis<number | string>;
  /** 0 smooths (the default), 1 is the first derivative, and so on. */
  readonly order?: PerAxis<number>;
  /** What lies beyond the ends of the block, by scipy's names; reflect by default. */
  readonly mode?: "reflect" | "constant" | "nearest" | "mirror" | "wrap";
  /** The value beyond the ends with mode constant; 0 by default. */
  readonly cval?: number;
  /** Standard deviations at which the kernel is cut; 4 by default. */
  readonly truncate?: number;
  /** Where the kernel is cut, in elements, instead of `truncate`. */
  readonly radius?: PerAxis<number>;
}

/**
 * Gaussian smoothing, or derivatives of it. Any dtype; gives float32 for bool, integers up to 16 bits, float16 and
 * float32, else float64. Looks round(truncate * sigma) elements far. Equals scipy.ndimage.gaussian_filter.
 */
export function gaussian(options: GaussianOptions): KernelCall {
  return callKernel(gaussianKernel, options);
}
