import { z } from "zod";
import { recordFailure } from "../shared/engine/aws/failures.ts";
import type { BatchEvent, BatchResult } from "../shared/engine/protocol.ts";
import { runBatch } from "../shared/engine/run.ts";
import { controlStore } from "./environment.ts";
import type { LambdaContext } from "./handler.ts";

const count = z.int().nonnegative();

/** One item of a stage's manifest with its run and stage. */
export const batchEvent: z.ZodType<BatchEvent> = z.object({
  runId: z.string(),
  stage: count,
  batch: count,
  start: count,
  end: count,
});

/** Runs a batch; a failure is left in the run's folder too, for a Map Run tells its parent only that one failed. */
export async function answerBatch(event: BatchEvent, context: LambdaContext): Promise<BatchResult> {
  const control = await controlStore();
  try {
    return await runBatch(control, event, { remainingMs: () => context.getRemainingTimeInMillis() });
  } catch (error) {
    await recordFailure(control, event, error);
    throw error;
  }
}
