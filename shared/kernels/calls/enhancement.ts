/** Kernels that enhance and restore, as `mapBlocks` and `mapOverlap` take them. */
import { adjustGammaKernel, adjustLogKernel, adjustSigmoidKernel } from "../filters/adjust.ts";
import { differenceOfGaussiansKernel } from "../filters/difference-of-gaussians.ts";
import { equalizeAdapthistKernel } from "../filters/equalize-adapthist.ts";
import { equalizeHistKernel } from "../filters/equalize-hist.ts";
import { invertKernel } from "../filters/invert.ts";
import { richardsonLucyKernel } from "../filters/richardson-lucy.ts";
import { rollingBallKernel } from "../filters/rolling-ball.ts";
import { unsharpMaskKernel } from "../filters/unsharp-mask.ts";
import type { NestedWeights } from "../filters/weights.ts";
import { callKernel, type KernelCall } from "../kernel-call.ts";
import type { PerAxis } from "../per-axis.ts";
import type { AxisName, ModeOptions } from "./filters.ts";

export interface DifferenceOfGaussiansOptions extends ModeOptions {
  /** Standard deviation of the narrower Gaussian, in elements or as a length. */
  readonly lowSigma: PerAxis<number | string>;
  /** Standard deviation of the wider Gaussian; 1.6 times lowSigma by default. */
  readonly highSigma?: PerAxis<number | string>;
  /** Standard deviations at which the Gaussians are cut; 4 by default. */
  readonly truncate?: number;
}

/**
 * A narrower Gaussian less a wider one. Any dtype, integers as 0 or -1 to 1 of it; gives floats as `sobel`. Beyond the
 * ends lies the nearest element by default. Equals skimage.filters.difference_of_gaussians.
 */
export function differenceOfGaussians(options: DifferenceOfGaussiansOptions): KernelCall {
  return callKernel(differenceOfGaussiansKernel, options);
}

export interface UnsharpMaskOptions {
  /** Standard deviation of the Gaussian, in elements or as a length; 1 by default. */
  readonly radius?: PerAxis<number | string>;
  /** How much of the details is added; 1 by default. */
  readonly amount?: number;
  /** Intensities as they are, and nothing is clipped; else integers are 0 or -1 to 1 of their dtype. */
  readonly preserveRange?: boolean;
}

/**
 * Sharpens: adds what a Gaussian takes away. Any dtype; gives floats as `sobel`. Without `preserveRange` the result of
 * signed and float images is clipped to 0 or -1 to 1 by whether the block has a negative element, so it depends on the
 * chunks. Equals skimage.filters.unsharp_mask.
 */
export function unsharpMask(options: UnsharpMaskOptions = {}): KernelCall {
  return callKernel(unsharpMaskKernel, options);
}

export interface RollingBallOptions {
  /** Radius of the ball, in elements and in intensity alike; 100 by default. */
  readonly radius?: number;
  /** Axes that the ball extends over; by default z, y and x, or all of a plain array. */
  readonly axes?: readonly AxisName[];
}

/**
 * The background that a ball rolling along below the image touches: subtract it. Any dtype; gives the input's. Looks
 * `radius` elements far. Equals skimage.restoration.rolling_ball.
 */
export function rollingBall(options: RollingBallOptions = {}): KernelCall {
  return callKernel(rollingBallKernel, options);
}

export interface AdjustGammaOptions {
  /** The exponent: below 1 brightens; 1 by default. */
  readonly gamma?: number;
  /** What the result is multiplied by; 1 by default. */
  readonly gain?: number;
}

/**
 * Intensities, as a share of the dtype's largest value (of floats 1), to a power. Any dtype; gives the input's. Negative
 * elements fail the run. Equals skimage.exposure.adjust_gamma.
 */
export function adjustGamma(options: AdjustGammaOptions = {}): KernelCall {
  return callKernel(adjustGammaKernel, options);
}

export interface AdjustLogOptions {
  /** What the result is multiplied by; 1 by default. */
  readonly gain?: number;
  /** The inverse, 2 ** x - 1, instead. */
  readonly inv?: boolean;
}

/** log2(1 + x) of intensities, as `adjustGamma` takes them. Equals skimage.exposure.adjust_log. */
export function adjustLog(options: AdjustLogOptions = {}): KernelCall {
  return callKernel(adjustLogKernel, options);
}

export interface AdjustSigmoidOptions {
  /** What becomes half, as a share of the dtype's largest value; 0.5 by default. */
  readonly cutoff?: number;
  /** How steep the sigmoid is; 10 by default. */
  readonly gain?: number;
  /** What is left of the largest value instead. */
  readonly inv?: boolean;
}

/** A sigmoid of intensities, as `adjustGamma` takes them. Equals skimage.exposure.adjust_sigmoid. */
export function adjustSigmoid(options: AdjustSigmoidOptions = {}): KernelCall {
  return callKernel(adjustSigmoidKernel, options);
}

export interface InvertOptions {
  /** Floats are from -1 to 1, and become -x instead of 1 - x. */
  readonly signedFloat?: boolean;
}

/** What is dark becomes bright. Any dtype; gives the input's. Equals skimage.util.invert. */
export function invert(options: InvertOptions = {}): KernelCall {
  return callKernel(invertKernel, options);
}

export interface RichardsonLucyOptions {
  /** The point spread function, as nested lists; of fewer axes than the array they mean the last ones. */
  readonly psf?: NestedWeights;
  /** Instead of psf, a Gaussian of this standard deviation, in elements or as a length. */
  readonly sigma?: PerAxis<number | string>;
  /** Iterations; 50 by default. */
  readonly numIter?: number;
  /** The result is clipped to -1 to 1; true by default. */
  readonly clip?: boolean;
  /** Where the blurred estimate is below this, the image counts for nothing. */
  readonly filterEpsilon?: number;
}

/**
 * Richardson-Lucy deconvolution. Any dtype, intensities as they are; gives float32 for bool, integers up to 16 bits,
 * float16 and float32, else float64. Looks twice as far as the point spread function for each iteration. Equals
 * skimage.restoration.richardson_lucy.
 */
export function richardsonLucy(options: RichardsonLucyOptions): KernelCall {
  return callKernel(richardsonLucyKernel, options);
}

export interface EqualizeHistOptions {
  /** Bins of the histogram of floats, 256 by default; each integer is its own bin. */
  readonly nbins?: number;
}

/**
 * Spreads the block's intensities evenly over 0 to 1. Any dtype; gives floats as `richardsonLucy`. The result depends on
 * the chunks. Equals skimage.exposure.equalize_hist.
 */
export function equalizeHist(options: EqualizeHistOptions = {}): KernelCall {
  return callKernel(equalizeHistKernel, options);
}

export interface EqualizeAdapthistOptions {
  /** Elements of a tile; by default an eighth of the block's along z, y and x. Axes without are images of their own. */
  readonly kernelSize?: PerAxis<number>;
  /** The share of a tile's elements that a bin may have, 0.01 by default; 0 is no limit. */
  readonly clipLimit?: number;
  /** Bins of the histograms; 256 by default. */
  readonly nbins?: number;
}

/**
 * Contrast limited adaptive histogram equalisation (CLAHE), to 0 to 1. Any dtype, floats within -1 to 1; gives floats as
 * `richardsonLucy`. The result depends on the chunks. Equals skimage.exposure.equalize_adapthist.
 */
export function equalizeAdapthist(options: EqualizeAdapthistOptions = {}): KernelCall {
  return callKernel(equalizeAdapthistKernel, options);
}
