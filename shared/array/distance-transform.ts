import { sizeOf } from "../block/block.ts";
import { largestOf } from "../block/chunk-grid.ts";
import { distancePassKernel } from "../kernels/distance/distance-pass.ts";
import { distanceAxes } from "../kernels/distance/distance-transform-edt.ts";
import { callKernel } from "../kernels/kernel-call.ts";
import type { PerAxis } from "../kernels/per-axis.ts";
import { expression } from "./expression.ts";
import { mapBlocks } from "./map.ts";
import type { ArrayNode, KernelNode } from "./nodes.ts";
import { rechunk } from "./rechunk.ts";

export interface DistanceTransformOptions {
  /** Distance of neighbouring elements per axis; 1 by default. */
  readonly sampling?: PerAxis<number>;
  readonly step?: string;
}

/**
 * The Euclidean distance of each element that isn't 0 to the nearest that is, anywhere in the array, as float64: one pass
 * along each spatial axis, with chunks that hold its lines whole. Infinity where there is no 0. The chunks are the input's again.
 * Equals scipy.ndimage.distance_transform_edt; where axes are typed, of each time and channel by itself. Throws INVALID_ARGS.
 */
export function distanceTransform(input: ArrayNode, options: DistanceTransformOptions = {}): ArrayNode {
  const step = options.step ?? "distanceTransform";
  const passes = distanceAxes(options.sampling ?? 1, input.axes);
  // Without an axis to look along every element is alone.
  if (passes.length === 0)
    return expression("where(x != 0, inf, 0.0)", { x: input }, { dtype: "float64", step });
  const chunks = input.chunks.map((sizes) => largestOf(sizes));
  const isCut = passes.some(({ axis }) => input.chunks[axis]!.length > 1);
  let node = input;
  for (const [i, { axis, spacing }] of passes.entries()) {
    const call = callKernel(distancePassKernel, {
      axis,
      sampling: spacing,
      first: i === 0,
      last: i === passes.length - 1,
    });
    const name = `${step}.${input.axes[axis]!.name}`;
    const lines = rechunk(node, linesWhole(chunks, input.shape, axis), `${name}.chunks`);
    node = mapBlocks(lines, call, { step: name });
    // The next lines go across these chunks: a block of them would need all of the array before.
    if (isCut && i < passes.length - 1)
      node = Object.freeze({ ...(node as KernelNode), stored: true as const });
  }
  return rechunk(node, chunks, step);
}

/** Chunks that are whole along an axis and hold about as many elements as before: the others are halved, the largest first. */
function linesWhole(chunks: readonly number[], shape: readonly number[], axis: number): number[] {
  const result = chunks.map((n, i) => (i === axis ? Math.max(1, shape[i]!) : n));
  const most = sizeOf(chunks);
  while (sizeOf(result) > most) {
    const others = result.map((n, i) => (i === axis ? 1 : n));
    const largest = Math.max(...others);
    if (largest === 1) break;
    const at = others.indexOf(largest);
    result[at] = Math.ceil(largest / 2);
  }
  return result;
}
