import * as z from "zod";
import { affineTransform } from "../../array/affine.ts";
import { castTo } from "../../array/cast.ts";
import type { ArrayNode } from "../../array/nodes.ts";
import { downscaleLocalMean, resize } from "../../array/resize.ts";
import { zoom } from "../../array/zoom.ts";
import { DTYPES } from "../../block/dtype.ts";
import { perAxisSchema } from "../../kernels/per-axis.ts";
import { RESAMPLE_MODES } from "../../kernels/region/resample-box.ts";
import { common } from "../common-schemas.ts";

const source = { in: common.in };
const splines = {
  order: z
    .literal([0, 1, 2, 3])
    .exactOptional()
    .describe("of the splines: 0 nearest, 1 linear, 3 (default) cubic"),
  mode: z.enum(RESAMPLE_MODES).exactOptional(),
  cval: z.number().exactOptional(),
  dtype: z.enum(DTYPES).exactOptional().describe("the result's dtype; integers are rounded"),
};
const wholes = z.array(z.number().int());

/** The steps that give an array other elements between its own. */
export const resampleSchemas = {
  zoom: z.strictObject({
    op: z.literal("zoom"),
    ...source,
    zoom: perAxisSchema(z.number()).describe("times as many elements per axis"),
    ...splines,
    gridMode: z.boolean().exactOptional(),
  }),
  affineTransform: z.strictObject({
    op: z.literal("affineTransform"),
    ...source,
    matrix: z.union([z.array(z.number()), z.array(z.array(z.number()))], {
      error: "expected a factor per axis, or rows of numbers",
    }),
    offset: z
      .union([z.number(), z.array(z.number())], { error: "expected a number, or a list of them" })
      .exactOptional(),
    outputShape: wholes.exactOptional(),
    ...splines,
  }),
  resize: z.strictObject({
    op: z.literal("resize"),
    ...common,
    outputShape: wholes,
    order: z.literal([0, 1]).exactOptional(),
    mode: z.enum(["constant", "edge", "symmetric", "reflect", "wrap"]).exactOptional(),
    cval: z.number().exactOptional(),
    antiAliasing: z.boolean().exactOptional(),
    antiAliasingSigma: perAxisSchema(z.number().nonnegative()).exactOptional(),
    preserveRange: z.boolean().exactOptional(),
  }),
  downscaleLocalMean: z.strictObject({
    op: z.literal("downscaleLocalMean"),
    ...common,
    factors: perAxisSchema(z.number().int()),
    cval: z.number().exactOptional(),
  }),
} as const;

type ResampleStep = {
  [K in keyof typeof resampleSchemas]: z.infer<(typeof resampleSchemas)[K]>;
}[keyof typeof resampleSchemas];

export function isResampleStep(step: { readonly op: string }): step is ResampleStep {
  return Object.hasOwn(resampleSchemas, step.op);
}

/** The lazy array of such a step, in its `dtype`. */
export function resampleStep(name: string, step: ResampleStep, input: ArrayNode): ArrayNode {
  switch (step.op) {
    case "zoom": {
      const { op: _, in: __, zoom: factors, ...options } = step;
      return zoom(input, factors, { ...options, step: name });
    }
    case "affineTransform": {
      const { op: _, in: __, matrix, ...options } = step;
      return affineTransform(input, matrix, { ...options, step: name });
    }
    case "resize": {
      const { op: _, in: __, outputShape, dtype, ...options } = step;
      const resized = resize(input, outputShape, { ...options, step: name });
      return dtype === undefined ? resized : castTo(resized, dtype, name);
    }
    case "downscaleLocalMean": {
      const { op: _, in: __, factors, dtype, ...options } = step;
      const scaled = downscaleLocalMean(input, factors, { ...options, step: name });
      return dtype === undefined ? scaled : castTo(scaled, dtype, name);
    }
  }
}
