import { z } from "zod";
import { endInFailure } from "../../shared/engine/aws/failures.ts";
import { reportEnd, reportProgress } from "../../shared/engine/aws/upload/status.ts";
import { checkStage, finalizeRun } from "../../shared/engine/run.ts";
import { controlStore, dataStore } from "../environment.ts";
import { executionSchema, runIdOf } from "../execution.ts";
import { handler as made } from "../handler.ts";
import { withFunction } from "../turn.ts";

const state = z.object({
  runId: z.string().optional(),
  stage: z.int().nonnegative().optional(),
  options: z.object({ runId: z.string().optional() }).optional(),
  failure: z.object({ Error: z.string().optional(), Cause: z.string().optional() }),
});
const event = z.discriminatedUnion("action", [
  z.object({ action: z.literal("check"), runId: z.string(), stage: z.int().nonnegative() }),
  z.object({ action: z.literal("finalize"), runId: z.string() }),
  z.object({ action: z.literal("fail"), state, execution: executionSchema }),
]);

/** Checks a stage's receipts and answers the next turn; ends a run; or writes into the run how it failed. */
export const handler = made(event, async (event, context) => {
  const stores = { control: await controlStore(), data: await dataStore() };
  switch (event.action) {
    case "check": {
      const turn = await checkStage(
        stores.control,
        event.runId,
        event.stage,
        context.getRemainingTimeInMillis(),
      );
      await reportProgress(stores, turn);
      return withFunction(turn);
    }
    case "finalize": {
      const summary = await finalizeRun(stores.control, event.runId, context.getRemainingTimeInMillis());
      await reportEnd(stores, event.runId, undefined);
      return summary;
    }
    case "fail": {
      const { state } = event;
      const runId = state.runId ?? state.options?.runId ?? runIdOf(event.execution);
      const failure = await endInFailure(stores.control, runId, state);
      await reportEnd(stores, runId, failure.error);
      return failure.answer;
    }
  }
});
