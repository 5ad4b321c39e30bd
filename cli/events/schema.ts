import * as z from "zod";

/**
 * What `--events` writes: a JSON document a line. Fields may be added within a version, none is renamed or removed; who reads
 * them passes over fields and events that it doesn't know.
 */
export const EVENTS_VERSION = 1;

const count = z.number().int().nonnegative();

const every = {
  version: z.literal(EVENTS_VERSION),
  runId: z.string(),
  /** ISO 8601, UTC, milliseconds. */
  time: z.iso.datetime(),
};

/** A stage by its number in the plan, from 0, and its name. */
const ofStage = { stage: count, name: z.string() };

const stageFigures = {
  kind: z.string(),
  tasks: count,
  seconds: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  projectedMiB: z.number(),
  peakMiB: z.number(),
};

const batch = z.object({
  batch: count,
  /** Tasks [first, end) of the stage. */
  tasks: z.tuple([count, count]),
  seconds: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  worker: z.string().optional(),
  startedAt: z.iso.datetime().optional(),
  cacheHits: count.optional(),
  cacheMisses: count.optional(),
  /** Bytes of decoded chunks, and of the regions taken of them with halos. */
  decodedBytes: z.number().optional(),
  takenBytes: z.number().optional(),
  /** Resident set of the worker's process. */
  memoryMiB: z.number().optional(),
});

export const eventSchema = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("run-start"),
    ...every,
    planHash: z.string(),
    engine: z.enum(["local", "aws", "lambda"]),
    /** Whether an earlier attempt, or a watched run, had begun before. */
    resumed: z.boolean(),
    stages: z.array(z.object({ name: z.string(), kind: z.string(), tasks: count })),
    budget: z.object({ memoryMiB: z.number(), workers: count }),
    outputs: z.record(z.string(), z.string()),
  }),
  z.object({
    event: z.literal("warning"),
    ...every,
    code: z.string(),
    message: z.string(),
    step: z.string().optional(),
  }),
  z.object({ event: z.literal("stage-start"), ...every, ...ofStage, tasks: count, done: count }),
  z.object({
    event: z.literal("batch-end"),
    ...every,
    ...ofStage,
    ...batch.shape,
    /** Tasks of the stage that are done now, of how many. */
    done: count,
    of: count,
  }),
  z.object({
    event: z.literal("retry"),
    ...every,
    ...ofStage,
    batch: count,
    tasks: z.tuple([count, count]),
    /** Which attempt failed, from 1. */
    attempt: count,
    code: z.string(),
    message: z.string(),
  }),
  z.object({ event: z.literal("stage-end"), ...every, ...ofStage, ...stageFigures }),
  z.object({
    event: z.literal("failure"),
    ...every,
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    stage: count.optional(),
    task: count.optional(),
    /** The command that carries the failed task out alone. */
    replay: z.string().optional(),
  }),
  z.object({
    event: z.literal("run-end"),
    ...every,
    /** `running`: it is no longer watched, and goes on. */
    status: z.enum(["succeeded", "failed", "cancelled", "interrupted", "running"]),
    seconds: z.number(),
    outputs: z.record(z.string(), z.string()),
  }),
]);

export type EventDocument = z.infer<typeof eventSchema>;
