import type { Axis } from "../block/axes.ts";
import { promote } from "../block/promote.ts";
import { LamellaError } from "../errors.ts";
import { freeName } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";

type AxisName = number | string;

/** How many of the last axes of the first and the first of the second are summed over, or which of each. */
export type TensordotAxes =
  | number
  | readonly [AxisName | readonly AxisName[], AxisName | readonly AxisName[]];

/**
 * Sums of products over axes of two arrays; what is left of the first's axes comes before what is left of the second's. Equals
 * numpy.tensordot and dask.array.tensordot. The dtype is what both promote to; float sums are taken in double precision over
 * the whole axis in its order, integers wrap. Throws SHAPE_MISMATCH, INVALID_ARGUMENT.
 */
export function tensordot(
  a: ArrayNode,
  b: ArrayNode,
  axes: TensordotAxes = 2,
  step = "tensordot",
): ArrayNode {
  const [ofA, ofB] = contracted(a, b, axes, step);
  for (const [i, axis] of ofA.entries()) {
    if (a.shape[axis] === b.shape[ofB[i]!]) continue;
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: axis ${a.axes[axis]!.name} of ${a.step} has ${a.shape[axis]} elements, axis ${b.axes[ofB[i]!]!.name} of ${b.step} ${b.shape[ofB[i]!]}`,
      { hint: "Axes that are summed over are of one length." },
    );
  }
  const keptA = a.shape.map((_, i) => i).filter((i) => !ofA.includes(i));
  const keptB = b.shape.map((_, i) => i).filter((i) => !ofB.includes(i));
  const named: Axis[] = keptA.map((i) => a.axes[i]!);
  for (const i of keptB) named.push({ ...b.axes[i]!, name: freeName(b.axes[i]!.name, named) });
  const source = [
    { node: a, kept: keptA },
    { node: b, kept: keptB },
  ].find(({ node, kept }) => kept.some((i) => node.axes[i]!.type === "channel"));
  return opNode({
    name: "tensordot",
    op: "tensordot",
    args: { axes: [ofA, ofB] },
    inputs: [a, b],
    shape: [...keptA.map((i) => a.shape[i]!), ...keptB.map((i) => b.shape[i]!)],
    chunks: [...keptA.map((i) => a.chunks[i]!), ...keptB.map((i) => b.chunks[i]!)],
    dtype: promote(a.dtype, b.dtype),
    axes: named,
    ...(source?.node.channels ? { channels: source.node.channels } : {}),
    step,
  });
}

function contracted(
  a: ArrayNode,
  b: ArrayNode,
  axes: TensordotAxes,
  step: string,
): readonly [number[], number[]] {
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(a.shape.length, b.shape.length)) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: ${axes} axes can't be summed over of arrays of ${a.shape.length} and ${b.shape.length}`,
        {
          hint: "Give how many of the last axes of the first and the first ones of the second are summed over, or two lists of axes.",
        },
      );
    }
    const from = a.shape.length - axes;
    return [Array.from({ length: axes }, (_, i) => from + i), Array.from({ length: axes }, (_, i) => i)];
  }
  const [ofA, ofB] = axes.map((list, i) =>
    ([list].flat() as AxisName[]).map((axis) => axisOf(axis, (i === 0 ? a : b).axes, step)),
  ) as [number[], number[]];
  const fits =
    axes.length === 2 &&
    ofA.length === ofB.length &&
    new Set(ofA).size === ofA.length &&
    new Set(ofB).size === ofB.length;
  if (fits) return [ofA, ofB];
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: axes [${ofA.join(", ")}] and [${ofB?.join(", ")}] are not pairs of different axes`,
    { hint: "Give as many axes of the second array as of the first: [[1], [0]]." },
  );
}
