import { z } from "zod";
import { NOT_FINITE } from "../block/boundary.ts";
import { DTYPES } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import { PROPERTIES } from "../kernels/label-table.ts";
import { CUMULATIONS, REDUCTION_NAMES } from "../kernels/reduce/index.ts";
import { PERCENTILE_METHODS, THRESHOLD_NAMES } from "../kernels/tally/index.ts";

/**
 * The plan: versioned, validated, readable JSON that every engine runs unchanged. It holds keys and shapes, never
 * data. Types are inferred from these schemas, so that what is checked and what is compiled can't drift apart.
 */
export const PLAN_VERSION = 1;

const shape = z.array(z.number().int().nonnegative());
const dtype = z.enum(DTYPES);
const json = z.json() as z.ZodType<Json>;

const codec = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("blosc"),
    cname: z.enum(["zstd", "lz4"]),
    level: z.number().int(),
    shuffle: z.enum(["shuffle", "noshuffle"]),
  }),
  z.strictObject({ name: z.literal("zstd"), level: z.number().int() }),
  z.strictObject({ name: z.literal("gzip"), level: z.number().int() }),
  z.strictObject({ name: z.literal("none") }),
]);

const arraySpec = z.strictObject({
  zarrFormat: z.union([z.literal(2), z.literal(3)]),
  shape,
  dtype,
  chunkShape: shape,
  shardShape: shape.exactOptional(),
  codec,
  fillValue: z.union([z.number(), z.string()]),
  dimensionNames: z.array(z.string()).exactOptional(),
  attributes: z.record(z.string(), json).exactOptional(),
});

/** An array that the plan reads or writes. */
const planArray = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("input"),
    source: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("zarr"), uri: z.string(), path: z.string() }),
      z.strictObject({
        kind: z.literal("image"),
        uri: z.string(),
        series: z.number().int(),
        level: z.number().int(),
      }),
    ]),
    shape,
    dtype,
    chunkShape: shape,
    /** ETags of files by URI, hashes of Zarr metadata documents: what must not have changed. */
    fingerprints: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    /** `output` lies where the user wants it; `intermediate` under the run's folder until the run has succeeded. */
    role: z.enum(["output", "intermediate"]),
    uri: z.string(),
    path: z.string(),
    spec: arraySpec,
  }),
]);

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

const program = z.strictObject({ nodes: z.array(programNode).min(1) });

/** A write of a program's result: the first as it is, each further one shrunk from the one before (a pyramid). */
const write = z.strictObject({
  array: z.string(),
  factors: z.array(z.number().int().positive()).exactOptional(),
  method: z.enum(["mean", "mode", "nearest", "max", "min", "median"]).exactOptional(),
});

/** The arithmetic behind a projected peak, bytes. */
const memory = z.strictObject({
  /** Kernel memory of one task: inputs with halo, live intermediates, output, scratch. */
  heap: z.number(),
  /** Outside kernel memory: encoded and decoded chunks in flight. */
  buffers: z.number(),
  /** Decoded chunks and borders that a worker keeps for its next tasks. */
  cache: z.number(),
  /** Buffers that nothing holds any more, until the worker collects them. */
  garbage: z.number(),
});

const estimate = z.strictObject({
  /** Bytes that are decoded: chunks whole, however little of them is taken, less what a worker's cache still has. */
  bytesRead: z.number(),
  /** Bytes of the regions that the tasks take, halos counted as often as they are taken; left out where all of them are decoded once. */
  bytesTaken: z.number().exactOptional(),
  /** Decoded bytes of the region read, each element once. */
  bytesInput: z.number(),
  bytesWritten: z.number(),
  objectsRead: z.number(),
  objectsWritten: z.number(),
  cpuSeconds: z.number(),
});

const stageBase = {
  name: z.string(),
  tasks: z.number().int().nonnegative(),
  memory,
  estimate,
};

const grid = z.strictObject({
  /** The array that is cut into tasks, and the box of one task. */
  shape,
  block: z.array(z.number().int().positive()),
});

export const reductionName = z.enum(REDUCTION_NAMES);

const mapStage = z.strictObject({
  ...stageBase,
  kind: z.enum(["map", "convert", "pyramid", "rechunk"]),
  grid,
  program,
  writes: z.array(write).min(1),
  /** Measure the range of values of the first write, per index of this axis (-1: of the whole), for display windows. */
  statisticsAxis: z.number().int().exactOptional(),
});

const reduceStage = z.strictObject({
  ...stageBase,
  kind: z.literal("reduce"),
  operation: reductionName,
  /** Further reductions of the same elements, from the same pass; `array` in the last stage only. */
  others: z
    .array(z.strictObject({ operation: reductionName, ddof: z.number(), array: z.string().exactOptional() }))
    .exactOptional(),
  axes: z.array(z.number().int()),
  ddof: z.number(),
  inputShape: shape,
  inputDType: dtype,
  /** Tiles of the result (on the kept axes; reduced axes have length 1) that one state covers. */
  tiles: grid,
  /** States that each tile has before and after this stage. The last stage leaves one: the result. */
  groupsIn: z.number().int(),
  groupsOut: z.number().int(),
  /** First stage only: what is read, and the boxes it is read in. */
  program: program.exactOptional(),
  groupBlock: z.array(z.number().int().positive()).exactOptional(),
  readBlock: z.array(z.number().int().positive()).exactOptional(),
  /** Names the states in the run's folder: `state/<name>/<tile>.<group>`. */
  statesIn: z.string().exactOptional(),
  statesOut: z.string().exactOptional(),
  /** Last stage only. */
  array: z.string().exactOptional(),
  /** Last stage only: measure the result's range of values, per index of this axis (-1: of the whole). */
  statisticsAxis: z.number().int().exactOptional(),
});

/** Between what bins lie: numbers, or 0-d arrays that an earlier stage wrote. */
const limits = z.union([
  z.strictObject({ values: z.tuple([z.number(), z.number()]) }),
  z.strictObject({ arrays: z.tuple([z.string(), z.string()]) }),
]);

const tallyStage = z.strictObject({
  ...stageBase,
  kind: z.literal("tally"),
  inputShape: shape,
  inputDType: dtype,
  /** By what elements are counted. */
  counting: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("uniform"), bins: z.number().int().positive(), limits }),
    /** One bin for each integer between the limits. */
    z.strictObject({ kind: z.literal("values"), limits }),
    /** Bits of a key that ascends with the element; `sought` names what an earlier stage knows of the bits above. */
    z.strictObject({
      kind: z.literal("keys"),
      shift: z.number().int(),
      bits: z.number().int(),
      sought: z.string().exactOptional(),
    }),
  ]),
  /** Partial counts before and after this stage. The last stage of a tree leaves one, of which it makes the result. */
  groupsIn: z.number().int(),
  groupsOut: z.number().int(),
  /** First stage only: what is read, and the boxes it is read in. */
  program: program.exactOptional(),
  groupBlock: z.array(z.number().int().positive()).exactOptional(),
  readBlock: z.array(z.number().int().positive()).exactOptional(),
  /** Names the counts in the run's folder: `state/<name>/<group>`. */
  statesIn: z.string().exactOptional(),
  statesOut: z.string().exactOptional(),
  /** Last stage only. */
  result: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("histogram") }),
      z.strictObject({ kind: z.literal("edges") }),
      z.strictObject({ kind: z.literal("threshold"), name: z.enum(THRESHOLD_NAMES) }),
      /** What is known then of the elements of these ranks, for the stages after it: `state/<into>/sought`. */
      z.strictObject({ kind: z.literal("narrow"), ranks: z.array(z.number()), into: z.string() }),
      z.strictObject({
        kind: z.literal("percentile"),
        q: z.array(z.number()),
        method: z.enum(PERCENTILE_METHODS),
        ranks: z.array(z.number()),
      }),
    ])
    .exactOptional(),
  array: z.string().exactOptional(),
});

const cumulateStage = z.strictObject({
  ...stageBase,
  kind: z.literal("cumulate"),
  phase: z.enum(["totals", "before", "write"]),
  operation: z.enum(CUMULATIONS),
  axis: z.number().int(),
  inputDType: dtype,
  grid,
  /** The boxes that a block is read in, one after another, as long as it along the axis. */
  slice: z.array(z.number().int().positive()),
  /** Names the states in the run's folder: `state/<side>/<totals or before>/<block>.<slice>`. */
  side: z.string(),
  program: program.exactOptional(),
  /** Phase "write" only. */
  array: z.string().exactOptional(),
});

const labelStage = z.strictObject({
  ...stageBase,
  kind: z.literal("label"),
  phase: z.enum(["local", "join", "union", "write"]),
  /** Instead of labels, the mask of the components that are kept. Of what is 0 (`background`), everything else is 1. */
  select: z
    .strictObject({
      background: z.boolean(),
      keep: z.discriminatedUnion("rule", [
        z.strictObject({ rule: z.literal("minSize"), size: z.number() }),
        z.strictObject({ rule: z.literal("border") }),
        z.strictObject({ rule: z.literal("strong") }),
      ]),
    })
    .exactOptional(),
  /** Names the side files in the run's folder: `label/<name>/...`. */
  side: z.string(),
  mask: z.string(),
  connectivity: z.number().int().positive(),
  connected: z.array(z.boolean()),
  grid,
  writes: z.array(write).exactOptional(),
});

const measureStage = z.strictObject({
  ...stageBase,
  kind: z.literal("measure"),
  /** Blocks by themselves; each part of their labels joined; the table of all parts, or the labels without the rare ones. */
  phase: z.enum(["local", "join", "table", "drop"]),
  /** Names the side files in the run's folder: `label/<side>/...`. */
  side: z.string(),
  grid,
  program,
  imageProgram: program.exactOptional(),
  labelDType: dtype,
  imageDType: dtype.exactOptional(),
  properties: z.array(z.enum(PROPERTIES)),
  axes: z.array(z.strictObject({ scale: z.number(), translation: z.number() })),
  /** Labels are split into so many parts. */
  parts: z.number().int().positive(),
  /** Last stage only: how the table is encoded, and its key in the run's folder. */
  format: z.enum(["csv", "parquet", "columns"]).exactOptional(),
  file: z.string().exactOptional(),
  /** Dropping only: labels of fewer elements go; what is written. */
  minSize: z.number().exactOptional(),
  writes: z.array(write).exactOptional(),
});

const stage = z.discriminatedUnion("kind", [
  mapStage,
  reduceStage,
  tallyStage,
  cumulateStage,
  labelStage,
  measureStage,
]);

const axis = z.strictObject({
  name: z.string(),
  type: z.enum(["time", "channel", "space"]).exactOptional(),
  unit: z.string().exactOptional(),
  scale: z.number(),
  translation: z.number(),
});

const channel = z.strictObject({
  label: z.string(),
  color: z.string().exactOptional(),
  window: z
    .strictObject({ min: z.number(), max: z.number(), start: z.number(), end: z.number() })
    .exactOptional(),
  active: z.boolean().exactOptional(),
});

const imageMetadata = z.strictObject({
  name: z.string().exactOptional(),
  axes: z.array(axis),
  channels: z.array(channel).exactOptional(),
});

/** An image, label image or plain array among the outputs, with what its metadata documents will say. */
const planImage = z.strictObject({
  kind: z.enum(["image", "labels", "array"]),
  /** Where in the output's store its group lies; "" is the root. */
  path: z.string(),
  /** Array id, path relative to `path`, and how many elements of level 0 one element covers, per axis. */
  levels: z
    .array(
      z.strictObject({ array: z.string(), path: z.string(), factors: z.array(z.number().int().positive()) }),
    )
    .min(1),
  metadata: imageMetadata,
  method: z.string().exactOptional(),
  /** Index of the stage that measures its display windows. */
  statisticsStage: z.number().int().exactOptional(),
});

const planOutput = z.strictObject({
  uri: z.string(),
  /** What the user is told: the output's own URI, for labels with the path under their image. */
  shown: z.string(),
  /** Folder in the store that the run claims and, with overwrite, clears; "" is the store itself. */
  root: z.string(),
  zarrFormat: z.union([z.literal(2), z.literal(3)]),
  layout: z.enum(["image", "labels", "array", "bioformats2raw", "table"]),
  /** None in a table. */
  images: z.array(planImage),
  /** A table: the file in the output's store, and its key in the run's folder until then. */
  table: z.strictObject({ key: z.string(), file: z.string() }).exactOptional(),
  /** Kept whole as OME/METADATA.ome.xml, in the bioformats2raw layout. */
  omeXml: z.string().exactOptional(),
});

const warning = z.strictObject({ code: z.string(), step: z.string().exactOptional(), message: z.string() });

const decision = z.strictObject({
  /** The step that it is about. */
  step: z.string(),
  /** `fused`: computed in one stage with what reads it; `stored`: under the run's folder; a rechunk in `one pass` or `two passes`. */
  choice: z.enum(["fused", "stored", "one pass", "two passes"]),
  reason: z.string(),
});

export const planSchema = z.strictObject({
  version: z.literal(PLAN_VERSION),
  lamella: z.string(),
  /** Over operations, kernels, plan version and input fingerprints; not over engine, workers, memory or batching. */
  hash: z.string(),
  /** The operations as the user wrote them, for provenance. */
  operations: z.array(z.record(z.string(), json)),
  arrays: z.record(z.string(), planArray),
  /** Own kernels by the digest of their bundle, which lies in the run's folder. */
  kernels: z.record(z.string(), z.strictObject({ name: z.string(), bytes: z.number() })),
  stages: z.array(stage),
  outputs: z.record(z.string(), planOutput),
  warnings: z.array(warning),
  /** What the planner chose by cost, and why. */
  decisions: z.array(decision).default([]),
  overwrite: z.boolean(),
  budget: z.strictObject({
    /** For the whole process tree on this computer, for one function on AWS. */
    memoryMiB: z.number(),
    workers: z.number().int().positive(),
  }),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanArray = z.infer<typeof planArray>;
export type StoredArray = Extract<PlanArray, { role: "output" | "intermediate" }>;
export type InputArray = Extract<PlanArray, { role: "input" }>;
export type Program = z.infer<typeof program>;
export type ProgramNode = z.infer<typeof programNode>;
export type ConcatenateStep = Extract<ProgramNode, { kind: "concatenate" }>;
export type ViewStep = Extract<ProgramNode, { kind: "view" }>;
export type BlockwiseStep = Extract<ProgramNode, { kind: "blockwise" }>;
export type OpStep = Extract<ProgramNode, { kind: "op" }>;
export type KernelStep = Extract<ProgramNode, { kind: "kernel" }>;
export type Write = z.infer<typeof write>;
export type TaskGrid = z.infer<typeof grid>;
export type Stage = z.infer<typeof stage>;
export type MapStage = z.infer<typeof mapStage>;
export type ReduceStage = z.infer<typeof reduceStage>;
export type CumulateStage = z.infer<typeof cumulateStage>;
export type TallyStage = z.infer<typeof tallyStage>;
export type LabelStage = z.infer<typeof labelStage>;
export type MeasureStage = z.infer<typeof measureStage>;
export type PlanImage = z.infer<typeof planImage>;
export type PlanOutput = z.infer<typeof planOutput>;
export type StageMemory = z.infer<typeof memory>;
export type StageEstimate = z.infer<typeof estimate>;
export type PlanDecision = z.infer<typeof decision>;
export type PlanWarning = z.infer<typeof warning>;
export type ReductionName = z.infer<typeof reductionName>;

/** Reads a plan document. Throws PLAN_VERSION naming both versions, or PLAN_INVALID naming the place. */
export function parsePlan(document: unknown): Plan {
  const version = (document as { version?: unknown } | null)?.version;
  if (version !== PLAN_VERSION) {
    throw new LamellaError(
      "PLAN_VERSION",
      `the plan has schema version ${String(version)}; this Lamella runs version ${PLAN_VERSION}`,
      {
        hint: "Compile the pipeline again with the Lamella that runs it, or deploy the version that made the plan.",
      },
    );
  }
  const parsed = planSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LamellaError(
    "PLAN_INVALID",
    `the plan is not valid at ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? "?"}`,
  );
}
