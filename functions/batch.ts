import { recordFailure } from "../shared/engine/aws/failures.ts";
import { runBatch } from "../shared/engine/lambda/run-batch.ts";
import type { BatchEvent, BatchResult } from "../shared/engine/protocol.ts";
import { controlStore, setting } from "./environment.ts";
import type { LambdaContext } from "./handler.ts";
import { logBatch } from "./telemetry/metrics.ts";

/** Runs a batch; a failure is left in the run's folder too, for a Map Run tells its parent only that one failed. */
export async function answerBatch(event: BatchEvent, context: LambdaContext): Promise<BatchResult> {
  const control = await controlStore();
  try {
    const result = await runBatch(control, event, {
      remainingMs: () => context.getRemainingTimeInMillis(),
      tierMB: Number(setting("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")),
    });
    logBatch(event, result);
    return result;
  } catch (error) {
    await recordFailure(control, event, error);
    throw error;
  }
}
