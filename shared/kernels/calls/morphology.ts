import { callKernel, type KernelCall } from "../kernel-call.ts";
import * as binary from "../morphology/binary.ts";
import type { FootprintInput } from "../morphology/footprint.ts";
import * as grey from "../morphology/grey.ts";
import { fillHolesKernel, removeSmallHolesKernel } from "../morphology/holes.ts";
import type { PerAxis } from "../per-axis.ts";
import type { WindowMode } from "../rank/edge.ts";
import type { WindowOptions } from "./rank.ts";

/** scikit-image's grey morphology. Without size and footprint it is the centre and its face neighbours. */
export interface MorphologyOptions {
  /** Elements of a box per axis. */
  readonly size?: PerAxis<number>;
  /** `{ disk: 3 }` or `"disk(3)"`, likewise ball, square, cube, diamond, octahedron; or nested lists of 0 and 1. */
  readonly footprint?: FootprintInput;
  /**
   * What lies beyond the ends of the block; reflect by default. `max` and `min` are the dtype's, `ignore` is what
   * changes nothing: max where it erodes, min where it dilates.
   */
  readonly mode?: WindowMode | "max" | "min" | "ignore";
  /** The value beyond the ends with mode constant; 0 by default. */
  readonly cval?: number;
}

/** The least element of each footprint. Any dtype, kept. Equals skimage.morphology.erosion. */
export function erosion(options: MorphologyOptions = {}): KernelCall {
  return callKernel(grey.erosionKernel, options);
}

/** The greatest element of each footprint. Any dtype, kept. Equals skimage.morphology.dilation. */
export function dilation(options: MorphologyOptions = {}): KernelCall {
  return callKernel(grey.dilationKernel, options);
}

/** An erosion, then a dilation; looks twice as far as the footprint. Equals skimage.morphology.opening. */
export function opening(options: MorphologyOptions = {}): KernelCall {
  return callKernel(grey.openingKernel, options);
}

/** A dilation, then an erosion; looks twice as far as the footprint. Equals skimage.morphology.closing. */
export function closing(options: MorphologyOptions = {}): KernelCall {
  return callKernel(grey.closingKernel, options);
}

/** The input minus its opening. Any dtype, kept. Equals skimage.morphology.white_tophat. */
export function whiteTophat(options: MorphologyOptions = {}): KernelCall {
  return callKernel(grey.whiteTophatKernel, options);
}

/** The closing minus the input. Any dtype, kept. Equals skimage.morphology.black_tophat. */
export function blackTophat(options: MorphologyOptions = {}): KernelCall {
  return callKernel(grey.blackTophatKernel, options);
}

/** As `erosion`, with scipy's centre of even windows and `origin`. Equals scipy.ndimage.grey_erosion. */
export function greyErosion(options: WindowOptions): KernelCall {
  return callKernel(grey.greyErosionKernel, options);
}

/** As `dilation`, with scipy's mirrored footprint and `origin`. Equals scipy.ndimage.grey_dilation. */
export function greyDilation(options: WindowOptions): KernelCall {
  return callKernel(grey.greyDilationKernel, options);
}

/** As `opening`, with scipy's centre of even windows and `origin`. Equals scipy.ndimage.grey_opening. */
export function greyOpening(options: WindowOptions): KernelCall {
  return callKernel(grey.greyOpeningKernel, options);
}

/** As `closing`, with scipy's mirrored footprint and `origin`. Equals scipy.ndimage.grey_closing. */
export function greyClosing(options: WindowOptions): KernelCall {
  return callKernel(grey.greyClosingKernel, options);
}

/** Binary morphology of what is not zero, as bool. The structuring element is given in one way at most. */
export interface BinaryMorphologyOptions {
  /** 1 (the default) is the centre and its face neighbours in space; 2 has those at edges too; 3 at corners too. */
  readonly connectivity?: number;
  /** `{ disk: 3 }`, `"disk(3)"` or nested lists of 0 and 1. */
  readonly structure?: FootprintInput;
  /** The same by scikit-image's name. */
  readonly footprint?: FootprintInput;
  /** Elements of a box per axis. */
  readonly size?: PerAxis<number>;
  /** How often each step is repeated; 1 by default. */
  readonly iterations?: number;
  /** What lies beyond the ends of the block, 0 (the default) or 1. */
  readonly borderValue?: 0 | 1;
  /** Shifts the structuring element, as in scipy. */
  readonly origin?: PerAxis<number>;
}

/** Equals scipy.ndimage.binary_erosion. */
export function binaryErosion(options: BinaryMorphologyOptions = {}): KernelCall {
  return callKernel(binary.binaryErosionKernel, options);
}

/** Equals scipy.ndimage.binary_dilation. */
export function binaryDilation(options: BinaryMorphologyOptions = {}): KernelCall {
  return callKernel(binary.binaryDilationKernel, options);
}

/** Equals scipy.ndimage.binary_opening. */
export function binaryOpening(options: BinaryMorphologyOptions = {}): KernelCall {
  return callKernel(binary.binaryOpeningKernel, options);
}

/** Equals scipy.ndimage.binary_closing. */
export function binaryClosing(options: BinaryMorphologyOptions = {}): KernelCall {
  return callKernel(binary.binaryClosingKernel, options);
}

export interface FillHolesOptions {
  /** 1 (the default) joins elements of a hole by their faces; 2 by edges too; 3 by corners too. */
  readonly connectivity?: number;
}

/**
 * Fills what is 0 and not joined to an end of the block, as bool. Within a block: the whole-array operation is
 * `fillHoles`. Equals scipy.ndimage.binary_fill_holes.
 */
export function fillHoles(options: FillHolesOptions = {}): KernelCall {
  return callKernel(fillHolesKernel, options);
}

export interface RemoveSmallHolesOptions extends FillHolesOptions {
  /** Holes of this many elements or fewer are filled. */
  readonly maxSize?: number;
  /** Holes of fewer elements are filled: the older name. Either this or `maxSize`. */
  readonly areaThreshold?: number;
}

/**
 * Fills holes of few elements, as bool. Within a block: the whole-array operation is `removeSmallHoles`. Equals
 * skimage.morphology.remove_small_holes.
 */
export function removeSmallHoles(options: RemoveSmallHolesOptions): KernelCall {
  return callKernel(removeSmallHolesKernel, options);
}
