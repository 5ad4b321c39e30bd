import type { ArrayFacts, ArrayNode } from "./nodes.ts";

/** An integer label image without the labels that occur rarely, counted over the whole array. */
export interface RareLabelsNode extends ArrayFacts {
  readonly kind: "rareLabels";
  readonly input: ArrayNode;
  /** Labels of fewer elements become 0. */
  readonly minSize: number;
}

/** The array with 0 for the labels (any value but 0) that have fewer than `minSize` elements. */
export function removeRareLabels(input: ArrayNode, minSize: number, step: string): ArrayNode {
  const node: RareLabelsNode = Object.freeze({
    kind: "rareLabels",
    input,
    minSize,
    shape: input.shape,
    chunks: input.chunks,
    dtype: input.dtype,
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return node;
}
