import { LamellaError } from "../errors.ts";
import { withoutCoordinates } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";

/**
 * Differences of neighbours along an axis, `n` times over. Equals numpy.diff: unsigned integers wrap, bool is whether they differ. The
 * origin moves half an element for each time. Channel names go where it is their axis.
 */
export function diff(input: ArrayNode, n = 1, axis: number | string = -1, step = "diff"): ArrayNode {
  const at = axisOf(axis, input.axes, step);
  if (!Number.isInteger(n) || n < 0) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: n ${String(n)} is not a whole number, zero or more`,
      { hint: "Give how many times neighbours are subtracted, n: 1." },
    );
  }
  if (n === 0) return input;
  const size = Math.max(0, input.shape[at]! - n);
  const { channels } = input;
  return opNode({
    name: "diff",
    op: "diff",
    args: { axis: at, n },
    inputs: [input],
    shape: input.shape.map((length, i) => (i === at ? size : length)),
    chunks: input.chunks.map((blocks, i) => (i === at ? cut(blocks, size) : blocks)),
    axes: input.axes.map((a, i) =>
      i === at ? { ...withoutCoordinates(a), translation: a.translation + (n / 2) * a.scale } : a,
    ),
    ...(channels && input.axes[at]!.type !== "channel" ? { channels } : {}),
    step,
  });
}

/** The blocks that are left of an axis of `size` elements. */
function cut(blocks: readonly number[], size: number): number[] {
  let left = size;
  const kept = blocks.map((block) => {
    const n = Math.min(block, left);
    left -= n;
    return n;
  });
  const whole = kept.filter((n) => n > 0);
  return whole.length > 0 ? whole : [0];
}
