import * as z from "zod";
import { PROPERTIES } from "../kernels/label-table.ts";
import { CUMULATIONS, REDUCTION_NAMES } from "../kernels/reduce/index.ts";
import { PERCENTILE_METHODS, THRESHOLD_NAMES } from "../kernels/tally/index.ts";
import { program } from "./program-schema.ts";
import { dtype, shape } from "./schema-parts.ts";

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
  /** What stays after the stage, where it is more than the usual part. */
  left: z.number().exactOptional(),
  /** What the process takes beside the tasks: a dashboard, own kernels. */
  beside: z.number().exactOptional(),
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

const reductionName = z.enum(REDUCTION_NAMES);

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

/** Independent tasks, run once the stages before are done. */
export const stage = z.discriminatedUnion("kind", [
  mapStage,
  reduceStage,
  tallyStage,
  cumulateStage,
  labelStage,
  measureStage,
]);

export type Write = z.infer<typeof write>;
export type TaskGrid = z.infer<typeof grid>;
export type Stage = z.infer<typeof stage>;
export type MapStage = z.infer<typeof mapStage>;
export type ReduceStage = z.infer<typeof reduceStage>;
export type CumulateStage = z.infer<typeof cumulateStage>;
export type TallyStage = z.infer<typeof tallyStage>;
export type LabelStage = z.infer<typeof labelStage>;
export type MeasureStage = z.infer<typeof measureStage>;
export type StageMemory = z.infer<typeof memory>;
export type StageEstimate = z.infer<typeof estimate>;
