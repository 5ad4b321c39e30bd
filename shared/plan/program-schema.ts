import * as z from "zod";
import { NOT_FINITE } from "../block/boundary.ts";
import { dtype, json, shape } from "./schema-parts.ts";

const boundary = z.union([
  z.enum(["reflect", "mirror", "wrap", "nearest", "none"]),
  z.strictObject({ constant: z.union([z.number(), z.enum(NOT_FINITE)]) }),
]);

/** One step of a fused chain. Inputs are indexes of earlier nodes of the same program. */
const programNode = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("read"), array: z.string(), shape, dtype }),
  z.strictObject({
    kind: z.literal("kernel"),
    step: z.string(),
    kernel: z.string(),
    args: z.record(z.string(), json),
    inputs: z.array(z.number().int()),
    /** 0-d nodes whose values arguments take: { $scalar: 0 } stands for the first. */
    scalars: z.array(z.number().int()).exactOptional(),
    shape,
    dtype,
    /** Elements added to the block before the kernel, per axis, before and after. */
    halo: z.array(z.tuple([z.number().int(), z.number().int()])),
    boundary: z.array(boundary),
    /** Where the result depends on the block: the lazy array's own chunks, which must then be used as they are. */
    blocks: z.array(z.array(z.number().int())).exactOptional(),
  }),
  z.strictObject({
    /**
     * A function of blocks, or none: then blocks pass with their halo. Axes go by labels: the blocks with the same position on each
     * label of the result meet; labels that the result hasn't are contracted.
     */
    kind: z.literal("blockwise"),
    step: z.string(),
    /** The bundled module, by the digest of its bytes, and its export. */
    call: z.strictObject({ module: z.string(), export: z.string() }).exactOptional(),
    args: z.record(z.string(), json),
    scalars: z.array(z.number().int()).exactOptional(),
    inputs: z.array(
      z.union([
        z.strictObject({
          node: z.number().int(),
          labels: z.array(z.number().int()),
          depth: z.array(z.tuple([z.number().int(), z.number().int()])),
          boundary: z.array(boundary),
        }),
        z.strictObject({ literal: json }),
      ]),
    ),
    out: z.array(z.number().int()),
    /** Block sizes by label, as the inputs have them, and of the result's axes. */
    labelBlocks: z.array(z.array(z.number().int())),
    blocks: z.array(z.array(z.number().int())),
    concatenate: z.boolean(),
    trim: z.boolean(),
    /** Any box will do for a block. */
    anyBlock: z.boolean(),
    output: z.strictObject({ index: z.number().int(), count: z.number().int() }).exactOptional(),
    scratch: z.number(),
    shape,
    dtype,
  }),
  z.strictObject({
    /** A region operation (kernels/region/), which says what a box of its result is computed from. */
    kind: z.literal("op"),
    step: z.string(),
    op: z.string(),
    args: z.record(z.string(), json),
    inputs: z.array(z.number().int()),
    shape,
    dtype,
  }),
  z.strictObject({
    /** Axis i of the result is axis sources[i] of the input (-1: new, length 1), from starts[i] in steps of steps[i]. */
    kind: z.literal("view"),
    step: z.string(),
    input: z.number().int(),
    shape,
    dtype,
    sources: z.array(z.number().int()),
    starts: z.array(z.number().int()),
    steps: z.array(z.number().int()),
    /** Dropped input axes, with the element that stays. */
    fixed: z.array(z.tuple([z.number().int(), z.number().int()])),
    inputRank: z.number().int(),
  }),
  z.strictObject({
    /** The inputs one after another along an axis, from the given offsets. */
    kind: z.literal("concatenate"),
    step: z.string(),
    inputs: z.array(z.number().int()),
    axis: z.number().int(),
    offsets: z.array(z.number().int()),
    shape,
    dtype,
  }),
  z.strictObject({ kind: z.literal("cast"), step: z.string(), input: z.number().int(), shape, dtype }),
]);

/** A fused chain: nodes in order, the last of which is the result. */
export const program = z.strictObject({ nodes: z.array(programNode).min(1) });

export type Program = z.infer<typeof program>;
export type ProgramNode = z.infer<typeof programNode>;
export type ConcatenateStep = Extract<ProgramNode, { kind: "concatenate" }>;
export type ViewStep = Extract<ProgramNode, { kind: "view" }>;
export type BlockwiseStep = Extract<ProgramNode, { kind: "blockwise" }>;
export type OpStep = Extract<ProgramNode, { kind: "op" }>;
export type KernelStep = Extract<ProgramNode, { kind: "kernel" }>;
export type CastStep = Extract<ProgramNode, { kind: "cast" }>;
