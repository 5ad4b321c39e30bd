/** Linear and derivative kernels, as `mapBlocks` and `mapOverlap` take them. */
import { cannyKernel } from "../filters/canny.ts";
import { convolveKernel, correlateKernel } from "../filters/correlate.ts";
import { gaussianGradientMagnitudeKernel } from "../filters/gaussian-gradient-magnitude.ts";
import { gaussianLaplaceKernel } from "../filters/gaussian-laplace.ts";
import { laplaceKernel } from "../filters/laplace.ts";
import type { FilterMode } from "../filters/mode.ts";
import { prewittKernel } from "../filters/prewitt.ts";
import { sobelKernel } from "../filters/sobel.ts";
import { thresholdLocalKernel } from "../filters/threshold-local.ts";
import { uniformKernel } from "../filters/uniform.ts";
import type { NestedWeights } from "../filters/weights.ts";
import { callKernel, type KernelCall } from "../kernel-call.ts";
import type { PerAxis } from "../per-axis.ts";

export interface ModeOptions {
  /** What lies beyond the ends of the block, by scipy's names. */
  readonly mode?: FilterMode;
  /** The value beyond the ends with mode constant; 0 by default. */
  readonly cval?: number;
}

/** An axis by its name or index, from the end where negative. */
export type AxisName = string | number;

export interface EdgeOptions extends ModeOptions {
  /** The derivative along this axis, as scipy's; by default the magnitude over all axes, as scikit-image's. */
  readonly axis?: AxisName;
  /** Axes that the filter extends over; by default z, y and x, or all of a plain array. */
  readonly axes?: readonly AxisName[];
}

/**
 * Sobel edges. Any dtype; gives float32 for bool, integers up to 16 bits, float16 and float32, else float64. Looks 1
 * element far. With `axis` equals scipy.ndimage.sobel; without skimage.filters.sobel, which takes integers as 0 or -1 to
 * 1 of their dtype.
 */
export function sobel(options: EdgeOptions = {}): KernelCall {
  return callKernel(sobelKernel, options);
}

/** Prewitt edges: as `sobel`, with scipy.ndimage.prewitt and skimage.filters.prewitt. */
export function prewitt(options: EdgeOptions = {}): KernelCall {
  return callKernel(prewittKernel, options);
}

export interface LaplaceOptions extends ModeOptions {
  /** Axes along which second differences are added; by default z, y and x, or all of a plain array. */
  readonly axes?: readonly AxisName[];
}

/**
 * The Laplacian by second differences. Any dtype; gives floats as `sobel`. Looks 1 element far. Equals
 * scipy.ndimage.laplace.
 */
export function laplace(options: LaplaceOptions = {}): KernelCall {
  return callKernel(laplaceKernel, options);
}

export interface GaussianDerivativeOptions extends ModeOptions {
  /** Standard deviation, in elements or as a length such as "0.5 um"; 0 leaves an axis alone. */
  readonly sigma: PerAxis<number | string>;
  /** Standard deviations at which the Gaussian is cut; 4 by default. */
  readonly truncate?: number;
}

/**
 * The Laplacian of a Gaussian. Any dtype; gives floats as `sobel`. Looks round(truncate * sigma) elements far. Equals
 * scipy.ndimage.gaussian_laplace.
 */
export function gaussianLaplace(options: GaussianDerivativeOptions): KernelCall {
  return callKernel(gaussianLaplaceKernel, options);
}

/**
 * The length of the gradient of a Gaussian-smoothed image. Any dtype; gives floats as `sobel`. Looks
 * round(truncate * sigma) elements far. Equals scipy.ndimage.gaussian_gradient_magnitude.
 */
export function gaussianGradientMagnitude(options: GaussianDerivativeOptions): KernelCall {
  return callKernel(gaussianGradientMagnitudeKernel, options);
}

export interface UniformOptions extends ModeOptions {
  /** Elements that are averaged; 3 by default, 1 leaves an axis alone. */
  readonly size?: PerAxis<number>;
  /** Moves the averaged elements towards lower indices; 0 by default. */
  readonly origin?: PerAxis<number>;
}

/** The mean of a box. Any dtype; gives floats as `sobel`. Equals scipy.ndimage.uniform_filter. */
export function uniform(options: UniformOptions = {}): KernelCall {
  return callKernel(uniformKernel, options);
}

export interface ThresholdLocalOptions extends ModeOptions {
  /** Elements around each that are looked at: an odd number, 3 by default. */
  readonly blockSize?: PerAxis<number>;
  /** A Gaussian of sigma (blockSize - 1) / 6 (the default), the mean, or the median. */
  readonly method?: "gaussian" | "mean" | "median";
  /** Is subtracted from the threshold; 0 by default. */
  readonly offset?: number;
}

/**
 * A threshold for each element, from the elements around it, as floats: compare the image to it. Any dtype; gives
 * floats as `sobel`. Equals skimage.filters.threshold_local.
 */
export function thresholdLocal(options: ThresholdLocalOptions = {}): KernelCall {
  return callKernel(thresholdLocalKernel, options);
}

export interface CannyOptions extends ModeOptions {
  /** Standard deviation of the Gaussian along y and x, in elements or as a length; 1 by default. */
  readonly sigma?: PerAxis<number | string>;
  /** Weak edges have at least this gradient; by default a tenth of the dtype's largest value, of floats 0.1. */
  readonly lowThreshold?: number;
  /** Strong edges have at least this gradient; by default a fifth of the dtype's largest value, of floats 0.2. */
  readonly highThreshold?: number;
  /** The thresholds are quantiles, 0 to 1, of each plane's gradients. */
  readonly useQuantiles?: boolean;
}

/**
 * Canny's edges of each plane of y and x, as bool. Any dtype. Beyond the ends lies nothing by default (mode constant).
 * Edges are joined within a block: the whole-array operation is `canny`. Equals skimage.feature.canny.
 */
export function canny(options: CannyOptions = {}): KernelCall {
  return callKernel(cannyKernel, options);
}

export interface CorrelateOptions extends ModeOptions {
  /** Nested lists of numbers, one level an axis; of fewer axes than the array they mean the last ones. */
  readonly weights: NestedWeights;
  /** The axes of the weights instead of the last ones. */
  readonly axes?: readonly AxisName[];
  /** Moves the weights towards lower indices; 0 by default. */
  readonly origin?: PerAxis<number>;
}

/** Sums of elements times given weights. Any dtype; gives floats as `sobel`. Equals scipy.ndimage.correlate. */
export function correlate(options: CorrelateOptions): KernelCall {
  return callKernel(correlateKernel, options);
}

/** Sums of elements times given weights, reversed. Any dtype; gives floats as `sobel`. Equals scipy.ndimage.convolve. */
export function convolve(options: CorrelateOptions): KernelCall {
  return callKernel(convolveKernel, options);
}
