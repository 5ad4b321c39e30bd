import { sizeOf } from "../block/block.ts";
import { largestBlock } from "../block/chunk-grid.ts";
import { isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { cannyEdgesKernel } from "../kernels/filters/canny-edges.ts";
import { callKernel } from "../kernels/kernel-call.ts";
import { peakLocalMaxKernel } from "../kernels/peak-local-max.ts";
import { kernelNamed } from "../kernels/registry.ts";
import { watershedKernel } from "../kernels/watershed.ts";
import { componentsOf, neighbourhoodOf } from "./components.ts";
import { label } from "./label.ts";
import { mapBlocks, mapOverlap } from "./map.ts";
import type { ArrayNode, KernelNode } from "./nodes.ts";
import { rechunk } from "./rechunk.ts";

export interface PeakLocalMaxOptions {
  /** Peaks lie at least so many elements apart (along some axis); 1 by default. */
  readonly minDistance?: number;
  /** Peaks are above this; by default above the picture's minimum. */
  readonly thresholdAbs?: number;
  /** Peaks are above this part of the picture's maximum, too. */
  readonly thresholdRel?: number;
  /** How wide a border has no peaks: true (the default) is `minDistance`, false none. */
  readonly excludeBorder?: boolean | number;
  readonly step?: string;
}

/**
 * Where each picture has its local maxima, as a mask. Equals the coordinates of skimage.feature.peak_local_max. Where axes are
 * typed, a picture is a time and channel; a task holds it whole.
 */
export function peakLocalMax(input: ArrayNode, options: PeakLocalMaxOptions = {}): ArrayNode {
  const { step = "peakLocalMax", ...args } = options;
  const peaks = mapBlocks(wholePictures(input), callKernel(peakLocalMaxKernel, args), { step });
  return inChunksOf(peaks, input, step);
}

export interface WatershedNodeOptions {
  /** Integers (0 is none), or a mask of markers, whose components are then labelled. */
  readonly markers: ArrayNode;
  /** Nothing is flooded where it is 0. */
  readonly mask?: ArrayNode;
  /** How many axes neighbours may differ in; 1 by default. */
  readonly connectivity?: number;
  readonly step?: string;
}

/**
 * Basins of each picture, flooded from markers in the order of its values. Equals skimage.segmentation.watershed, ties
 * included; gives the markers' dtype. Where axes are typed, a picture is a time and channel; a task holds it whole, for
 * where water meets may depend on all of it. Throws SHAPE_MISMATCH, UNSUPPORTED_DTYPE.
 */
export function watershed(image: ArrayNode, options: WatershedNodeOptions): ArrayNode {
  const { mask, step = "watershed" } = options;
  const neighbourhood = neighbourhoodOf(options.connectivity, image, step);
  if (isFloat(options.markers.dtype)) {
    throw new LamellaError(
      "UNSUPPORTED_DTYPE",
      `step ${step}: markers are integers, not ${options.markers.dtype}`,
      {
        hint: "Label a mask first (op label), or cast to an integer dtype.",
        details: { step, dtype: options.markers.dtype },
      },
    );
  }
  for (const [name, other] of [
    ["markers", options.markers],
    ["mask", mask],
  ] as const) {
    if (!other || String(other.shape) === String(image.shape)) continue;
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: ${name} are ${other.shape.join(" x ")}, the image ${image.shape.join(" x ")}`,
      { hint: "Image, markers and mask have one shape." },
    );
  }
  const markers =
    options.markers.dtype === "bool" ? label(options.markers, { step: `${step}.markers` }) : options.markers;
  const none = [0, 0] as const;
  const node: KernelNode = Object.freeze({
    kind: "kernel",
    op: "mapBlocks",
    kernel: watershedKernel.name,
    args: { ...neighbourhood },
    inputs: [image, markers, ...(mask ? [mask] : [])].map(wholePictures),
    scalars: [],
    depth: image.shape.map(() => none),
    boundary: image.shape.map(() => "none" as const),
    shape: image.shape,
    chunks: wholePictures(image).chunks,
    dtype: markers.dtype,
    axes: image.axes,
    ...(image.channels ? { channels: image.channels } : {}),
    step,
  });
  return inChunksOf(node, image, step);
}

export interface CannyOptions {
  /** Standard deviation of the Gaussian along y and x; 1 by default. */
  readonly sigma?: number | string;
  readonly lowThreshold?: number;
  readonly highThreshold?: number;
  /** What lies beyond the ends, by scipy's names; constant by default. */
  readonly mode?: "reflect" | "constant" | "nearest" | "mirror" | "wrap";
  readonly cval?: number;
  readonly step?: string;
}

/** Edges of each plane, as a mask, whatever the chunks: weak ones count where they hang together with a strong one. Equals skimage.feature.canny. */
export function canny(input: ArrayNode, options: CannyOptions = {}): ArrayNode {
  const { step = "canny", ...args } = options;
  const call = callKernel(cannyEdgesKernel, args);
  const codes = `${step}.edges`;
  const { args: known } = mapBlocks(input, call, { step: codes }) as KernelNode;
  const extent = kernelNamed(call.kernel).extent(known, input.shape.length, [input.dtype]);
  const depth = extent.kind === "reach" ? extent.reach : input.shape.map(() => [0, 0] as const);
  const boundary = args.mode === "wrap" ? ("wrap" as const) : ("none" as const);
  const edges = mapOverlap(input, call, { step: codes, depth, boundary });
  const plane = (known as unknown as { readonly plane: readonly number[] }).plane;
  const connected = input.shape.map((_, axis) => plane.includes(axis));
  const neighbourhood = { connectivity: Math.max(1, plane.length), connected };
  return componentsOf(edges, "canny", { step }, false, { rule: "strong" }, neighbourhood);
}

/** The array with each picture in one chunk. */
function wholePictures(input: ArrayNode): ArrayNode {
  const { connected } = neighbourhoodOf(1, input, input.step);
  return rechunk(
    input,
    input.shape.map((n, axis) => (connected[axis] ? Math.max(1, n) : 1)),
  );
}

/** Whole pictures were needed, but need not be stored in one chunk. */
function inChunksOf(node: ArrayNode, { chunks, shape }: ArrayNode, step: string): ArrayNode {
  return sizeOf(shape) === 0 ? node : rechunk(node, largestBlock(chunks), step);
}
