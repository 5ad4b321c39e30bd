import { expandLabelsKernel } from "../kernels/distance/expand-labels.ts";
import { callKernel } from "../kernels/kernel-call.ts";
import type { PerAxis } from "../kernels/per-axis.ts";
import { mapOverlap } from "./map.ts";
import type { ArrayNode } from "./nodes.ts";

export interface ExpandLabelsOptions {
  /** How far labels grow, in elements, or in the unit of `spacing`; 1 by default. */
  readonly distance?: number;
  /** Distance of neighbouring elements per axis; 1 by default. */
  readonly spacing?: PerAxis<number>;
  readonly step?: string;
}

/**
 * Labels grown into the background, up to a distance and not into each other, whatever the chunks: the kernel `expandLabels` with
 * as much depth as it looks. Equals skimage.segmentation.expand_labels; where axes are typed, in space only. Throws INVALID_ARGS.
 */
export function expandLabels(input: ArrayNode, options: ExpandLabelsOptions = {}): ArrayNode {
  const { step = "expandLabels", ...args } = options;
  const call = callKernel(expandLabelsKernel, args);
  const context = { axes: input.axes, inputs: [input.dtype] };
  const resolved = expandLabelsKernel.resolve(expandLabelsKernel.args.parse(call.args), context);
  const extent = expandLabelsKernel.extent(resolved, input.shape.length, [input.dtype]);
  const depth = extent.kind === "reach" ? extent.reach : input.shape.map(() => [0, 0] as const);
  return mapOverlap(input, call, { depth, boundary: "none", step });
}
