import { boundaryPerAxis, depthPerAxis, type HaloOptions } from "../halo.ts";
import type { ArrayNode, BlockwiseNode } from "../nodes.ts";
import { blockNode } from "./block-node.ts";
import { grownBlocks } from "./grown-blocks.ts";

/**
 * The blocks with their halos, side by side: chunks grow by the neighbourhood, which is not cut off again. Equals
 * dask.array.overlap.overlap.
 */
export function overlap(input: ArrayNode, options: HaloOptions & { readonly step?: string }): BlockwiseNode {
  const depth = depthPerAxis(options.depth, input);
  const boundary = boundaryPerAxis(options.boundary ?? "none", input);
  const labels = input.shape.map((_, axis) => axis);
  return blockNode({
    op: "overlap",
    kernel: undefined,
    options: {},
    step: options.step ?? "overlap",
    inputs: [{ node: input, labels, depth, boundary }],
    out: labels,
    outBlocks: new Map(
      labels.map((axis) => [axis, grownBlocks(input.chunks[axis]!, depth[axis]!, boundary[axis]!)]),
    ),
    trim: false,
  });
}

/** Neighbours within the array alone. Equals dask.array.overlap.overlap_internal. */
export function overlapInternal(
  input: ArrayNode,
  options: { readonly depth: HaloOptions["depth"]; readonly step?: string },
): BlockwiseNode {
  return overlap(input, { step: "overlapInternal", ...options, boundary: "none" });
}
