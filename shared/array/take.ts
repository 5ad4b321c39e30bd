import { largestOf } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import { pickedAxis, pickedChannels } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";

/**
 * Elements of an axis by their indices, negative from the end, in any order and as often as wanted. Equals numpy.take with an
 * axis. Elements at even distances keep the axis's scale times the distance; others leave an axis without. Throws INVALID_ARGUMENT.
 */
export function take(
  input: ArrayNode,
  indices: readonly number[],
  axis: number | string,
  step = "take",
): ArrayNode {
  const at = axisOf(axis, input.axes, step);
  const n = input.shape[at]!;
  const found = indices.map((index) => {
    const wanted = index < 0 ? index + n : index;
    if (Number.isInteger(wanted) && wanted >= 0 && wanted < n) return wanted;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: index ${String(index)} is out of range of axis ${input.axes[at]!.name}, which has ${n} elements`,
      n > 0 ? { hint: `Use whole numbers from ${-n} to ${n - 1}.` } : { hint: "The axis is empty." },
    );
  });
  return opNode({
    name: "take",
    op: "take",
    args: { axis: at, indices: found },
    inputs: [input],
    shape: input.shape.map((size, i) => (i === at ? found.length : size)),
    chunks: input.chunks.map((blocks, i) => (i === at ? takenBlocks(blocks, found) : blocks)),
    axes: input.axes.map((a, i) => (i === at ? pickedAxis(a, found, n) : a)),
    ...pickedChannels(input, at, found.length, (i) => found[i]!),
    step,
  });
}

/** A new block wherever the next element lies in another one, and where one is as large as the largest of the input. */
function takenBlocks(blocks: readonly number[], indices: readonly number[]): number[] {
  const most = largestOf(blocks);
  const ends = blocks.map((_, i) => blocks.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const sizes: number[] = [];
  let current = -1;
  for (const index of indices) {
    const block = ends.findIndex((end) => index < end);
    if (block === current && sizes.at(-1)! < most) sizes[sizes.length - 1]! += 1;
    else sizes.push(1);
    current = block;
  }
  return sizes.length > 0 ? sizes : [0];
}
