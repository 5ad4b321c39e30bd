import * as z from "zod";
import { ASKED_ONCE } from "../asked-once.ts";
import { LamellaError } from "../errors.ts";
import { planArray } from "./array-schema.ts";
import { planOutput } from "./output-schema.ts";
import { json } from "./schema-parts.ts";
import { stage } from "./stage-schema.ts";

export type * from "./array-schema.ts";
export type * from "./output-schema.ts";
export type * from "./program-schema.ts";
export type * from "./stage-schema.ts";

/**
 * The plan: versioned, validated, readable JSON that every engine runs unchanged. It holds keys and shapes, never
 * data. Types are inferred from these schemas, so that what is checked and what is compiled can't drift apart.
 */
export const PLAN_VERSION = 1;

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
  /** Own kernels by the digest of their bundle, which lies in the run's folder, or beside the runs where it was published. */
  kernels: z.record(
    z.string(),
    z.strictObject({ name: z.string(), bytes: z.number(), published: z.literal(true).exactOptional() }),
  ),
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
export type PlanDecision = z.infer<typeof decision>;
export type PlanWarning = z.infer<typeof warning>;

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
  const parsed = planSchema.safeParse(document, ASKED_ONCE);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LamellaError(
    "PLAN_INVALID",
    `the plan is not valid at ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? "?"}`,
    { hint: "Plans are written by Lamella, not by hand: compile the pipeline again." },
  );
}
