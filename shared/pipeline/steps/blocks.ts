import * as z from "zod";
import type { OwnKernel } from "../../array/blocks/block-node.ts";
import { type BlockwiseArgument, blockwise } from "../../array/blocks/blockwise.ts";
import { applyGufunc } from "../../array/blocks/gufunc.ts";
import { applyKernelGufunc } from "../../array/blocks/gufunc-kernel.ts";
import { overlap, overlapInternal } from "../../array/blocks/overlap.ts";
import type { HaloOptions, PerAxisInput } from "../../array/halo.ts";
import { mapBlocksAny, mapOverlapAny } from "../../array/map-any.ts";
import type { ArrayNode } from "../../array/nodes.ts";
import { type Json, LamellaError } from "../../errors.ts";
import type { KernelCall } from "../../kernels/kernel-call.ts";
import { parseModuleKernel } from "../../kernels/own/module-kernel.ts";
import { parsePublishedKernel } from "../../kernels/own/published.ts";
import { boundary, common, perAxis } from "../common-schemas.ts";
import { exprKey, indexExpression, mapExpression, noExpr } from "./expressions.ts";

/** What blocks are handed to: a kernel, or a function of the user's own module. */
const functionKeys = {
  kernel: z.string().describe("a kernel of `lamella kernels`").exactOptional(),
  module: z
    .string()
    .describe('an own kernel: "kernels.ts#ratio", a file and its export; on a stack also a published one')
    .exactOptional(),
  args: z.record(z.string(), z.json()).exactOptional(),
};
const ownKeys = {
  scratch: z
    .number()
    .nonnegative()
    .describe("memory that an own kernel takes, as a multiple of its inputs")
    .exactOptional(),
};
const inputs = z.union([z.string(), z.array(z.string()).min(1)], {
  error: "expected an input or an earlier step, or a list of them",
});
const sizes = z.union([z.number().int(), z.array(z.number().int())]);
const axisName = z.union([z.number().int(), z.string()]);
const mapped = {
  in: inputs,
  dtype: common.dtype,
  ...functionKeys,
  ...ownKeys,
  chunks: z
    .array(sizes)
    .describe("sizes of the result's chunks per axis, where an own kernel changes them")
    .exactOptional(),
  extent: z
    .enum(["block", "pointwise", "depth"])
    .describe("how far an own kernel looks: the whole block, its own element, or the depth")
    .exactOptional(),
};
const depth = perAxis.describe("elements of the neighbourhood, or lengths such as 2 um");
const boundaries = z
  .union([boundary, z.array(boundary), z.record(z.string(), boundary)], {
    error: "expected a boundary, a list with one per axis, or a map by axis",
  })
  .exactOptional();

export const blockSchemas = {
  mapBlocks: z.strictObject({
    op: z.literal("mapBlocks"),
    ...mapped,
    expr: exprKey,
    dropAxis: z.union([axisName, z.array(axisName)]).exactOptional(),
    newAxis: z.union([z.number().int(), z.array(z.number().int())]).exactOptional(),
  }),
  mapOverlap: z.strictObject({
    op: z.literal("mapOverlap"),
    ...mapped,
    expr: noExpr,
    depth,
    boundary: boundaries,
    trim: z.boolean().exactOptional(),
  }),
  overlap: z.strictObject({ op: z.literal("overlap"), ...common, depth, boundary: boundaries }),
  overlapInternal: z.strictObject({ op: z.literal("overlapInternal"), ...common, depth }),
  blockwise: z.strictObject({
    op: z.literal("blockwise"),
    out: z.string().describe("letters of the result's axes"),
    args: z
      .array(
        z.union(
          [z.tuple([z.string(), z.string()]), z.number(), z.boolean(), z.strictObject({ literal: z.json() })],
          {
            error:
              'expected an array and its letters, [series, "tij"], a number, true or false; other values are { literal: "text" }',
          },
        ),
      )
      .min(1)
      .describe('arrays with a letter for each axis, [series, "tij"], and values'),
    kernel: functionKeys.kernel,
    module: functionKeys.module,
    expr: exprKey,
    dtype: common.dtype,
    newAxes: z.record(z.string(), sizes).exactOptional(),
    adjustChunks: z.record(z.string(), sizes).exactOptional(),
    concatenate: z.boolean().exactOptional(),
    ...ownKeys,
  }),
  applyGufunc: z.strictObject({
    op: z.literal("applyGufunc"),
    in: inputs,
    expr: noExpr,
    signature: z.string().describe('core dimensions: "(i,j),(j)->(i)"'),
    ...functionKeys,
    ...ownKeys,
    axes: z.array(z.union([axisName, z.array(axisName)])).exactOptional(),
    axis: axisName.exactOptional(),
    keepdims: z.boolean().exactOptional(),
    outputSizes: z.record(z.string(), z.number().int()).exactOptional(),
    dtype: z
      .union([z.string(), z.array(z.string())])
      .describe("of the result, or of each of several")
      .exactOptional(),
  }),
} as const;

export type BlockStep = {
  [K in keyof typeof blockSchemas]: z.infer<(typeof blockSchemas)[K]>;
}[keyof typeof blockSchemas];

export interface StepContext {
  readonly name: string;
  readonly inputs: readonly ArrayNode[];
  /** The array of an input or an earlier step. Throws UNKNOWN_STEP. */
  nodeOf(name: string): ArrayNode;
  /** The folder that relative paths start from. */
  readonly base: string;
}

/** The result of a step on blocks; of a gufunc with several results, one each. */
export function buildBlockStep(step: BlockStep, context: StepContext): ArrayNode | readonly ArrayNode[] {
  const { name, inputs: nodes } = context;
  switch (step.op) {
    case "mapBlocks": {
      if (step.expr !== undefined) return mapExpression({ ...step, expr: step.expr }, context);
      const { op: _, in: __, kernel: ___, module: ____, args, ...options } = step;
      const called = functionOf(step, context);
      return mapBlocksAny(nodes, called, { ...options, ...argsFor(called, args), step: name } as never);
    }
    case "mapOverlap": {
      const { op: _, in: __, kernel: ___, module: ____, args, ...options } = step;
      const called = functionOf(step, context);
      return mapOverlapAny(nodes, called, { ...options, ...argsFor(called, args), step: name } as never);
    }
    case "overlap":
      return overlap(nodes[0]!, {
        step: name,
        depth: step.depth as PerAxisInput,
        ...(step.boundary === undefined
          ? {}
          : { boundary: step.boundary as NonNullable<HaloOptions["boundary"]> }),
      });
    case "overlapInternal":
      return overlapInternal(nodes[0]!, { step: name, depth: step.depth as PerAxisInput });
    case "blockwise":
      if (step.expr !== undefined) return indexExpression({ ...step, expr: step.expr }, context);
      return buildBlockwise(step, context);
    case "applyGufunc":
      return buildGufunc(step, context);
  }
}

function buildBlockwise(step: Extract<BlockStep, { op: "blockwise" }>, context: StepContext): ArrayNode {
  const { op: _, out, args: given, kernel: __, module: ___, ...options } = step;
  const args = given.map((argument): BlockwiseArgument => {
    if (Array.isArray(argument)) return [context.nodeOf(argument[0] as string), argument[1] as string];
    return {
      literal: (typeof argument === "object" ? (argument as { literal: Json }).literal : argument) as Json,
    };
  });
  const called = functionOf({ ...step, args: undefined }, context);
  if (!("kernel" in called)) return blockwise(called, out, args, { ...options, step: context.name } as never);
  const [only] = args;
  if (
    args.length === 1 &&
    only &&
    !("literal" in only) &&
    only[1] === out &&
    Object.keys(options).every((key) => key === "dtype")
  ) {
    return mapBlocksAny([only[0]], called, { ...options, step: context.name } as never);
  }
  throw new LamellaError(
    "INVALID_PIPELINE",
    `step ${context.name}: kernel ${called.kernel} takes one array and keeps its axes`,
    { hint: "Use expr or module where several arrays meet." },
  );
}

function buildGufunc(
  step: Extract<BlockStep, { op: "applyGufunc" }>,
  context: StepContext,
): readonly ArrayNode[] {
  const { op: _, in: __, signature, kernel: ___, module: ____, ...options } = step;
  const called = functionOf(step, context);
  const all = { ...options, step: context.name } as never;
  if ("kernel" in called) return [applyKernelGufunc(called, signature, context.inputs, all)];
  const { dtype, ...rest } = options;
  return applyGufunc(called, signature, context.inputs, {
    ...rest,
    ...(dtype === undefined ? {} : { outputDtypes: dtype }),
    step: context.name,
  } as never);
}

/** Own kernels get `args` as they are; a built-in kernel's are in its call. */
function argsFor(called: KernelCall | OwnKernel, args: unknown): object {
  return args === undefined || "kernel" in called ? {} : { args };
}

function functionOf(
  step: { op: string; kernel?: string | undefined; module?: string | undefined; args?: unknown },
  { name, base }: StepContext,
): KernelCall | OwnKernel {
  const { kernel, module } = step;
  const kinds = ["kernel", "module", ...(step.op === "mapBlocks" || step.op === "blockwise" ? ["expr"] : [])];
  if ((kernel === undefined) === (module === undefined)) {
    throw new LamellaError("INVALID_PIPELINE", `step ${name} takes one of ${kinds.join(", ")}`, {
      hint: 'kernel: gaussian, or module: "kernels.ts#ratio".',
    });
  }
  if (module !== undefined) {
    const published = parsePublishedKernel(module);
    if (published) return published;
    if (base !== "" && !/^(s3|https?):/.test(base)) return parseModuleKernel(module, base);
    throw new LamellaError(
      "INVALID_PIPELINE",
      `step ${name}: own kernels are bundled from files beside the pipeline, and this pipeline is no file`,
      {
        hint: "Submit it with `lamella run pipeline.yaml --on aws`, or use a built-in kernel, an expression, or where the stack allows it a published kernel (`lamella publish`).",
        details: { step: name, module },
      },
    );
  }
  return { kernel: kernel!, args: (step.args ?? {}) as KernelCall["args"] };
}
