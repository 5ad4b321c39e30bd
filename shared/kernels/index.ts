/**
 * The kernels as `mapBlocks` and `mapOverlap` take them: `gaussian({ sigma: 2 })` is a frozen `KernelCall`, its
 * arguments checked here and now. Each throws INVALID_ARGS naming the parameter, or UNKNOWN_KEY for a misspelt one.
 */
import { gaussianKernel } from "./gaussian.ts";
import type { RangeName } from "./intensity-range.ts";
import { callKernel, type KernelCall } from "./kernel-call.ts";
import { labelKernel } from "./label.ts";
import type { PerAxis } from "./per-axis.ts";
import { removeSmallObjectsKernel } from "./remove-small-objects.ts";
import { rescaleIntensityKernel } from "./rescale-intensity.ts";
import type { LazyScalar } from "./scalars.ts";
import { thresholdKernel } from "./threshold.ts";

export * from "./calls/distance.ts";
export * from "./calls/enhancement.ts";
export * from "./calls/filters.ts";
export * from "./calls/morphology.ts";
export * from "./calls/rank.ts";
export type { KernelCall } from "./kernel-call.ts";
export {
  ball,
  cube,
  diamond,
  disk,
  type Footprint,
  type FootprintInput,
  generateBinaryStructure,
  octahedron,
  square,
} from "./morphology/footprint.ts";
export type { PerAxis } from "./per-axis.ts";
export { allKernels, kernelNamed } from "./registry.ts";
export type { LazyScalar } from "./scalars.ts";

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

export interface RescaleIntensityOptions {
  /**
   * What is stretched, the rest clipped: "image" (the default) is the block's own minimum to maximum, "dtype" the
   * dtype's range, a dtype's name that one's, or [low, high].
   */
  readonly inRange?:
    | "image"
    | "dtype"
    | RangeName
    | readonly [low: number | LazyScalar, high: number | LazyScalar];
  /** What it becomes: "dtype" by default, from 0 where nothing is negative; floats have -1 to 1. */
  readonly outRange?:
    | "image"
    | "dtype"
    | RangeName
    | readonly [low: number | LazyScalar, high: number | LazyScalar];
}

/**
 * Stretches or shrinks intensities linearly. Any dtype; gives the dtype that `outRange` names, and with [low, high]
 * float32 for float16 and float32, else float64. With the default `inRange` the result depends on the chunks: give a
 * range. Equals skimage.exposure.rescale_intensity.
 */
export function rescaleIntensity(options: RescaleIntensityOptions = {}): KernelCall {
  return callKernel(rescaleIntensityKernel, options);
}

/** Bounds; all that are given must hold. Each may be a 0-d array, such as `image.mean()`. */
export interface ThresholdOptions {
  /** x > above. */
  readonly above?: number | bigint | LazyScalar;
  /** x >= atLeast. */
  readonly atLeast?: number | bigint | LazyScalar;
  /** x < below. */
  readonly below?: number | bigint | LazyScalar;
  /** x <= atMost. */
  readonly atMost?: number | bigint | LazyScalar;
}

/**
 * Where elements lie within bounds, as bool. Any dtype, compared in the input's own precision: integers exactly, with
 * a bigint beyond 2^53; a NaN is nowhere. At least one bound is needed.
 */
export function threshold(options: ThresholdOptions): KernelCall {
  const plain = Object.entries(options).map(([name, bound]) => [
    name,
    typeof bound === "bigint" ? `${bound}` : bound,
  ]);
  return callKernel(thresholdKernel, Object.fromEntries(plain));
}

export interface RemoveSmallObjectsOptions {
  /** Objects of fewer elements go. */
  readonly minSize?: number;
  /** Objects of this many elements or fewer go: scikit-image's newer name. Either this or `minSize`. */
  readonly maxSize?: number;
  /** Of masks: 1 (the default) joins elements by their faces; 2 by edges too; 3 by corners too. */
  readonly connectivity?: number;
}

/**
 * Removes small components of a bool mask, or rare labels of an integer image; gives the input's dtype. Sees one
 * block at a time. Equals skimage.morphology.remove_small_objects.
 */
export function removeSmallObjects(options: RemoveSmallObjectsOptions): KernelCall {
  return callKernel(removeSmallObjectsKernel, options);
}

export interface LabelOptions {
  /** 1 (the default) joins elements by their faces; 2 by edges too; 3 by corners too. Time and channels never join. */
  readonly connectivity?: number;
}

/**
 * Numbers the connected components of a bool or integer mask, uint32 from 1 by first element in C order. Within a
 * block: the whole-array operation is `label`. Equals scipy.ndimage.label.
 */
export function label(options: LabelOptions = {}): KernelCall {
  return callKernel(labelKernel, options);
}
