import { distancePassKernel } from "../distance/distance-pass.ts";
import { distanceTransformEdtKernel } from "../distance/distance-transform-edt.ts";
import { expandLabelsKernel } from "../distance/expand-labels.ts";
import { callKernel, type KernelCall } from "../kernel-call.ts";
import type { PerAxis } from "../per-axis.ts";

export interface DistanceTransformEdtOptions {
  /** Distance of neighbouring elements per axis; 1 by default. */
  readonly sampling?: PerAxis<number>;
}

/**
 * The distance of what isn't 0 to the nearest 0 along the spatial axes, as float64. Within a block: the whole-array
 * operation is `distanceTransform`. Equals scipy.ndimage.distance_transform_edt; infinity where there is no 0.
 */
export function distanceTransformEdt(options: DistanceTransformEdtOptions = {}): KernelCall {
  return callKernel(distanceTransformEdtKernel, options);
}

export interface DistancePassOptions {
  readonly axis: number | string;
  /** Take a mask, rather than the squares of a pass before. */
  readonly first?: boolean;
  /** Give distances, rather than squares for another pass. */
  readonly last?: boolean;
  /** Distance of neighbouring elements along the axis; 1 by default. */
  readonly sampling?: number;
}

/** One axis of a Euclidean distance transform: what the operation `distanceTransform` is made of. */
export function distancePass(options: DistancePassOptions): KernelCall {
  return callKernel(distancePassKernel, options);
}

export interface ExpandLabelsOptions {
  /** How far labels grow, in elements, or in the unit of `spacing`; 1 by default. */
  readonly distance?: number;
  /** Distance of neighbouring elements per axis; 1 by default. */
  readonly spacing?: PerAxis<number>;
}

/**
 * Grows labels into the background along the spatial axes without letting them overlap; integers or bool, kept. The
 * operation `expandLabels` chooses the depth by itself. Equals skimage.segmentation.expand_labels, ties included.
 */
export function expandLabels(options: ExpandLabelsOptions = {}): KernelCall {
  return callKernel(expandLabelsKernel, options);
}
