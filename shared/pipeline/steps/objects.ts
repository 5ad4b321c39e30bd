import * as z from "zod";
import { castTo } from "../../array/cast.ts";
import { fillHoles, hysteresis, removeSmall, removeSmallHoles } from "../../array/components.ts";
import { distanceTransform } from "../../array/distance-transform.ts";
import { expandLabels } from "../../array/expand-labels.ts";
import { label } from "../../array/label.ts";
import { measure } from "../../array/measure.ts";
import type { ArrayNode } from "../../array/nodes.ts";
import { canny, peakLocalMax, watershed } from "../../array/pictures.ts";
import { PROPERTIES } from "../../kernels/label-table.ts";
import { common } from "../common-schemas.ts";

const connectivity = z
  .number()
  .int()
  .positive()
  .exactOptional()
  .describe("1 joins elements by their faces (default), 2 by edges too, 3 by corners too");
const count = z.number().int().nonnegative().exactOptional();
const sizes = {
  minSize: count.describe("what has fewer elements goes"),
  maxSize: count.describe("what has this many elements or fewer goes"),
};
const distances = z.union([z.number(), z.array(z.number()), z.record(z.string(), z.number())], {
  error: "expected a number, a list with one per axis, or a map by axis",
});
const another = z.string().describe("an input or an earlier step");

/** The steps that work on whole objects, whatever the chunks. */
export const objectSchemas = {
  label: z.strictObject({ op: z.literal("label"), ...common, connectivity }),
  removeSmall: z.strictObject({ op: z.literal("removeSmall"), ...common, ...sizes, connectivity }),
  removeSmallHoles: z.strictObject({ op: z.literal("removeSmallHoles"), ...common, ...sizes, connectivity }),
  fillHoles: z.strictObject({ op: z.literal("fillHoles"), ...common, connectivity }),
  distanceTransform: z.strictObject({
    op: z.literal("distanceTransform"),
    ...common,
    sampling: distances.describe("distance of neighbouring elements per axis; default 1").exactOptional(),
  }),
  expandLabels: z.strictObject({
    op: z.literal("expandLabels"),
    ...common,
    distance: z.number().describe("how far labels grow; default 1").exactOptional(),
    spacing: distances.describe("distance of neighbouring elements per axis; default 1").exactOptional(),
  }),
  hysteresis: z.strictObject({
    op: z.literal("hysteresis"),
    ...common,
    low: z.number().describe("elements above this count where they hang together with one above high"),
    high: z.number(),
    connectivity,
  }),
  canny: z.strictObject({
    op: z.literal("canny"),
    ...common,
    sigma: z
      .union([z.number(), z.string()])
      .exactOptional()
      .describe("standard deviation of the Gaussian along y and x; default 1"),
    lowThreshold: z.number().exactOptional().describe("least gradient of weak edges"),
    highThreshold: z.number().exactOptional().describe("least gradient of strong edges"),
    mode: z.enum(["reflect", "constant", "nearest", "mirror", "wrap"]).exactOptional(),
    cval: z.number().exactOptional(),
  }),
  peakLocalMax: z.strictObject({
    op: z.literal("peakLocalMax"),
    ...common,
    minDistance: z
      .number()
      .int()
      .positive()
      .exactOptional()
      .describe("peaks lie at least so many elements apart"),
    thresholdAbs: z.number().exactOptional().describe("peaks are above this; default: the picture's minimum"),
    thresholdRel: z
      .number()
      .exactOptional()
      .describe("peaks are above this part of the picture's maximum, too"),
    excludeBorder: z
      .union([z.boolean(), z.number().int().nonnegative()])
      .exactOptional()
      .describe("how wide a border has no peaks; true (default) is minDistance"),
  }),
  watershed: z.strictObject({
    op: z.literal("watershed"),
    ...common,
    markers: another.describe("an input or an earlier step: integers, or a mask, which is labelled then"),
    mask: another.exactOptional().describe("an input or an earlier step: nothing is flooded where it is 0"),
    connectivity,
  }),
  measure: z.strictObject({
    op: z.literal("measure"),
    in: common.in,
    image: another.exactOptional().describe("an input or an earlier step: intensities under the labels"),
    properties: z
      .array(z.enum(PROPERTIES))
      .exactOptional()
      .describe("columns besides the label, by scikit-image's names"),
  }),
} as const;

export type ObjectStep = {
  [K in keyof typeof objectSchemas]: z.infer<(typeof objectSchemas)[K]>;
}[keyof typeof objectSchemas];

export function isObjectStep(step: { readonly op: string }): step is ObjectStep {
  return Object.hasOwn(objectSchemas, step.op);
}

/** The lazy array (or table) of such a step; `nodeOf` finds an array by its name and the key that names it. */
export function objectStep(
  name: string,
  step: ObjectStep,
  input: ArrayNode,
  nodeOf: (key: string, from: string) => ArrayNode,
): ArrayNode {
  const cast = (node: ArrayNode): ArrayNode =>
    "dtype" in step && step.dtype !== undefined ? castTo(node, step.dtype, name) : node;
  switch (step.op) {
    case "label":
      return label(input, {
        ...optionsOf(name, step),
        ...(step.dtype === undefined ? {} : { dtype: step.dtype as "uint32" }),
      });
    case "removeSmall":
      return cast(removeSmall(input, optionsOf(name, step)));
    case "removeSmallHoles":
      return cast(removeSmallHoles(input, optionsOf(name, step)));
    case "fillHoles":
      return cast(fillHoles(input, optionsOf(name, step)));
    case "distanceTransform":
      return cast(distanceTransform(input, optionsOf(name, step)));
    case "expandLabels":
      return cast(expandLabels(input, optionsOf(name, step)));
    case "hysteresis":
      return cast(hysteresis(input, optionsOf(name, step)));
    case "canny":
      return cast(canny(input, optionsOf(name, step)));
    case "peakLocalMax":
      return cast(peakLocalMax(input, optionsOf(name, step)));
    case "watershed": {
      const { markers, mask, ...options } = optionsOf(name, step);
      return cast(
        watershed(input, {
          ...options,
          markers: nodeOf("markers", markers),
          ...(mask === undefined ? {} : { mask: nodeOf("mask", mask) }),
        }),
      );
    }
    case "measure": {
      const { image, ...options } = optionsOf(name, step);
      return measure(input, {
        ...options,
        ...(image === undefined ? {} : { image: nodeOf("image", image) }),
      });
    }
  }
}

/** A step's own keys as the options of its function. */
function optionsOf<T extends { op: string; in: unknown; dtype?: string }>(name: string, step: T) {
  const { op: _op, in: _in, dtype: _dtype, ...options } = step;
  return { ...options, step: name };
}
