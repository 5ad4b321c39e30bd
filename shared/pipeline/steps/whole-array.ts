import * as z from "zod";
import { cumulate } from "../../array/cumulate.ts";
import type { ArrayNode } from "../../array/nodes.ts";
import { reduce } from "../../array/reduce.ts";
import {
  type HistogramOptions,
  histogram,
  histogramBinEdges,
  percentile,
  thresholdOf,
} from "../../array/tally.ts";
import { type RescaleOptions, rescale, thresholdBy } from "../../array/whole-array.ts";
import { REDUCTION_NAMES, type ReductionName } from "../../kernels/reduce/index.ts";
import { PERCENTILE_METHODS, THRESHOLD_NAMES, type ThresholdName } from "../../kernels/tally/index.ts";
import { common } from "../common-schemas.ts";

const reduction = {
  ...common,
  axis: z
    .union([z.number().int(), z.string(), z.array(z.union([z.number().int(), z.string()]))], {
      error: "expected the name or index of an axis, or a list of them",
    })
    .exactOptional(),
  keepdims: z.boolean().exactOptional(),
  splitEvery: z.number().int().exactOptional(),
};

type ReductionSchema<N extends ReductionName> = z.ZodObject<
  { op: z.ZodLiteral<N>; ddof: z.ZodExactOptional<z.ZodNumber> } & typeof reduction,
  z.core.$strict
>;
const reductions = Object.fromEntries(
  REDUCTION_NAMES.map((name) => [
    name,
    z.strictObject({
      op: z.literal(name),
      ...reduction,
      ...(/std|var/.test(name) ? { ddof: z.number().exactOptional() } : {}),
    }),
  ]),
);
const axisName = z.union([z.number().int(), z.string()], { error: "expected the name or index of an axis" });
const pair = z.tuple([z.number(), z.number()]);
type ThresholdOp = ThresholdName | `threshold${Capitalize<ThresholdName>}`;
type ThresholdSchemas = {
  [N in ThresholdOp]: z.ZodObject<
    { op: z.ZodLiteral<N>; nbins: z.ZodExactOptional<z.ZodNumber> } & typeof common,
    z.core.$strict
  >;
};
/** The value of a threshold, and where elements lie above it. */
const thresholds = Object.fromEntries(
  THRESHOLD_NAMES.flatMap((name) => [name, `threshold${name[0]!.toUpperCase()}${name.slice(1)}`]).map(
    (op) => [
      op,
      z.strictObject({
        op: z.literal(op),
        ...common,
        ...(/li$/i.test(op) ? {} : { nbins: z.number().int().positive().exactOptional() }),
      }),
    ],
  ),
);

/** The steps that look at a whole array, or whole axes, before they give a value, a short list, or an array. */
export const wholeArraySchemas = {
  ...(reductions as { [N in ReductionName]: ReductionSchema<N> }),
  cumsum: z.strictObject({ op: z.literal("cumsum"), ...common, axis: axisName.exactOptional() }),
  cumprod: z.strictObject({ op: z.literal("cumprod"), ...common, axis: axisName.exactOptional() }),
  histogram: z.strictObject({
    op: z.literal("histogram"),
    ...common,
    bins: z.number().int().positive().exactOptional(),
    range: z.tuple([z.number(), z.number()]).exactOptional(),
  }),
  histogramBinEdges: z.strictObject({
    op: z.literal("histogramBinEdges"),
    ...common,
    bins: z.number().int().positive().exactOptional(),
    range: z.tuple([z.number(), z.number()]).exactOptional(),
  }),
  percentile: z.strictObject({
    op: z.literal("percentile"),
    ...common,
    q: z.union([z.number(), z.array(z.number()).min(1)], { error: "expected a number, or a list of them" }),
    method: z.enum(PERCENTILE_METHODS).exactOptional(),
  }),
  ...(thresholds as ThresholdSchemas),
  meanThreshold: z.strictObject({ op: z.literal("meanThreshold"), ...common }),
  thresholdMean: z.strictObject({ op: z.literal("thresholdMean"), ...common }),
  rescale: z.strictObject({
    op: z.literal("rescale"),
    ...common,
    inRange: z
      .union([z.string(), pair, z.strictObject({ percentiles: pair })], {
        error: "expected image, dtype, the name of a dtype, [low, high], or { percentiles: [low, high] }",
      })
      .exactOptional(),
    outRange: z
      .union([z.string(), pair], { error: "expected dtype, image, the name of a dtype, or [low, high]" })
      .exactOptional(),
  }),
} as const;

type WholeArrayStep = {
  [K in keyof typeof wholeArraySchemas]: z.infer<(typeof wholeArraySchemas)[K]>;
}[keyof typeof wholeArraySchemas];

export function isWholeArrayStep(step: { readonly op: string }): step is WholeArrayStep {
  return Object.hasOwn(wholeArraySchemas, step.op);
}

/** The lazy array of such a step, before the cast to its `dtype`. */
export function wholeArrayStep(name: string, step: WholeArrayStep, input: ArrayNode): ArrayNode {
  const own = { step: name };
  if (isReduction(step)) {
    const { axis, keepdims, splitEvery, ddof } = step;
    return reduce(input, step.op, {
      ...own,
      ...(axis === undefined ? {} : { axis }),
      ...(keepdims === undefined ? {} : { keepdims }),
      ...(splitEvery === undefined ? {} : { splitEvery }),
      ...(ddof === undefined ? {} : { ddof }),
    });
  }
  switch (step.op) {
    case "cumsum":
    case "cumprod":
      return cumulate(input, step.op, { ...own, ...(step.axis === undefined ? {} : { axis: step.axis }) });
    case "histogram":
      return histogram(input, { ...own, ...rangeOf(step) });
    case "histogramBinEdges":
      return histogramBinEdges(input, { ...own, ...rangeOf(step) });
    case "percentile":
      return percentile(input, step.q, {
        ...own,
        ...(step.method === undefined ? {} : { method: step.method }),
      });
    case "rescale":
      return rescale(input, {
        ...own,
        ...(step.inRange === undefined
          ? {}
          : { inRange: step.inRange as NonNullable<RescaleOptions["inRange"]> }),
        ...(step.outRange === undefined
          ? {}
          : { outRange: step.outRange as NonNullable<RescaleOptions["outRange"]> }),
      });
    case "meanThreshold":
      return reduce(input, "mean", own);
    case "thresholdMean":
      return thresholdBy(input, "mean", own);
    default: {
      const nbins = step.nbins === undefined ? {} : { nbins: step.nbins };
      const { op } = step;
      return op.startsWith("threshold")
        ? thresholdBy(input, op.slice("threshold".length).toLowerCase() as ThresholdName, {
            ...own,
            ...nbins,
          })
        : thresholdOf(input, op as ThresholdName, { ...own, ...nbins });
    }
  }
}

type ReductionStep = Extract<WholeArrayStep, { op: ReductionName }>;

function isReduction(step: WholeArrayStep): step is ReductionStep {
  return (REDUCTION_NAMES as readonly string[]).includes(step.op);
}

function rangeOf(step: { bins?: number; range?: [number, number] }): HistogramOptions {
  return {
    ...(step.bins === undefined ? {} : { bins: step.bins }),
    ...(step.range === undefined ? {} : { range: step.range }),
  };
}
