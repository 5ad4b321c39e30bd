import * as z from "zod";
import { COARSEN_REDUCTIONS, coarsen } from "../../array/coarsen.ts";
import { diff } from "../../array/diff.ts";
import { expandDims, moveaxis, rot90, squeeze, swapaxes } from "../../array/move-axes.ts";
import type { ArrayNode } from "../../array/nodes.ts";
import { broadcastTo, repeat, tile } from "../../array/repeat.ts";
import { reshape } from "../../array/reshape.ts";
import { roll } from "../../array/roll.ts";
import { take } from "../../array/take.ts";
import { tensordot } from "../../array/tensordot.ts";
import { common } from "../common-schemas.ts";

const whole = z.number().int();
const axisName = z.union([whole, z.string()], { error: "expected the name or index of an axis" });
const axisNames = z.union([axisName, z.array(axisName)], {
  error: "expected the name or index of an axis, or a list of them",
});
const wholes = z.union([whole, z.array(whole)], { error: "expected a whole number, or a list of them" });

/** The steps that move, repeat and resize what an array holds. */
export const arrangeSchemas = {
  roll: z.strictObject({ op: z.literal("roll"), ...common, shift: wholes, axis: axisNames.exactOptional() }),
  take: z.strictObject({ op: z.literal("take"), ...common, indices: z.array(whole), axis: axisName }),
  reshape: z.strictObject({ op: z.literal("reshape"), ...common, shape: wholes }),
  coarsen: z.strictObject({
    op: z.literal("coarsen"),
    ...common,
    reduction: z.enum(COARSEN_REDUCTIONS),
    axes: z.record(z.string(), whole).describe("elements that become one, by axis: { y: 2, x: 2 }"),
    trimExcess: z.boolean().exactOptional(),
  }),
  squeeze: z.strictObject({ op: z.literal("squeeze"), ...common, axis: axisNames.exactOptional() }),
  expandDims: z.strictObject({ op: z.literal("expandDims"), ...common, axis: wholes }),
  swapaxes: z.strictObject({ op: z.literal("swapaxes"), ...common, axes: z.tuple([axisName, axisName]) }),
  moveaxis: z.strictObject({
    op: z.literal("moveaxis"),
    ...common,
    source: axisNames,
    destination: wholes,
  }),
  rot90: z.strictObject({
    op: z.literal("rot90"),
    ...common,
    k: whole.exactOptional(),
    axes: z.tuple([axisName, axisName]).exactOptional(),
  }),
  repeat: z.strictObject({ op: z.literal("repeat"), ...common, repeats: whole, axis: axisName }),
  tile: z.strictObject({ op: z.literal("tile"), ...common, reps: wholes }),
  broadcastTo: z.strictObject({ op: z.literal("broadcastTo"), ...common, shape: z.array(whole) }),
  diff: z.strictObject({
    op: z.literal("diff"),
    ...common,
    n: whole.exactOptional(),
    axis: axisName.exactOptional(),
  }),
  tensordot: z.strictObject({
    op: z.literal("tensordot"),
    ...common,
    in: z.array(z.string()).length(2).describe("two inputs or earlier steps"),
    axes: z
      .union([whole, z.tuple([axisNames, axisNames])], {
        error: "expected how many axes, or a list of the axes of each array: [[1], [0]]",
      })
      .exactOptional(),
  }),
} as const;

type ArrangeStep = {
  [K in keyof typeof arrangeSchemas]: z.infer<(typeof arrangeSchemas)[K]>;
}[keyof typeof arrangeSchemas];

export function isArrangeStep(step: { readonly op: string }): step is ArrangeStep {
  return Object.hasOwn(arrangeSchemas, step.op);
}

/** The lazy array of such a step, before the cast to its `dtype`. */
export function arrangeStep(name: string, step: ArrangeStep, inputs: readonly ArrayNode[]): ArrayNode {
  const input = inputs[0]!;
  switch (step.op) {
    case "roll":
      return roll(input, step.shift, step.axis, name);
    case "take":
      return take(input, step.indices, step.axis, name);
    case "reshape":
      return reshape(input, step.shape, name);
    case "coarsen":
      return coarsen(input, step.reduction, step.axes, {
        step: name,
        ...(step.trimExcess === undefined ? {} : { trimExcess: step.trimExcess }),
      });
    case "squeeze":
      return squeeze(input, step.axis, name);
    case "expandDims":
      return expandDims(input, step.axis, name);
    case "swapaxes":
      return swapaxes(input, ...step.axes, name);
    case "moveaxis":
      return moveaxis(input, step.source, step.destination, name);
    case "rot90":
      return rot90(input, step.k, step.axes, name);
    case "repeat":
      return repeat(input, step.repeats, step.axis, name);
    case "tile":
      return tile(input, step.reps, name);
    case "broadcastTo":
      return broadcastTo(input, step.shape, name);
    case "diff":
      return diff(input, step.n, step.axis, name);
    case "tensordot":
      return tensordot(input, inputs[1]!, step.axes, name);
  }
}
