import { z } from "zod";
import { endInFailure, recordLoss } from "../../shared/engine/aws/failures.ts";
import { reportEnd, reportProgress } from "../../shared/engine/aws/upload/status.ts";
import { finalizeRun } from "../../shared/engine/run.ts";
import { checkStage } from "../../shared/engine/stage-loop.ts";
import { batchEvent } from "../batch-event.ts";
import { controlStore, dataStore } from "../environment.ts";
import { executionSchema, runIdOf } from "../execution.ts";
import { handler as made } from "../handler.ts";
import { turnOptions, withFunctions } from "../turn.ts";

const count = z.int().nonnegative();
const failure = z.object({ Error: z.string().optional(), Cause: z.string().optional() });
const state = z.object({
  runId: z.string().optional(),
  stage: count.optional(),
  options: z.object({ runId: z.string().optional() }).optional(),
  failure,
});
const event = z.discriminatedUnion("action", [
  z.object({
    action: z.literal("check"),
    runId: z.string(),
    stage: count,
    doneBefore: count,
    turn: count,
    idleTurns: count,
  }),
  z.object({ action: z.literal("finalize"), runId: z.string() }),
  z.object({ action: z.literal("lost"), event: batchEvent, failure }),
  z.object({ action: z.literal("fail"), state, execution: executionSchema }),
]);

/** Checks a stage's receipts and answers the next turn; ends a run; or writes into the run how it failed. */
export const handler = made(event, async (event, context) => {
  const stores = { control: await controlStore(), data: await dataStore() };
  switch (event.action) {
    case "check": {
      const turn = await checkStage(stores.control, event.runId, event, turnOptions(context));
      await reportProgress(stores, turn);
      return withFunctions(turn);
    }
    case "finalize": {
      const summary = await finalizeRun(stores.control, event.runId, context.getRemainingTimeInMillis());
      await reportEnd(stores, event.runId, undefined);
      return summary;
    }
    case "lost":
      return recordLoss(stores.control, event.event, event.failure);
    case "fail": {
      const { state } = event;
      const runId = state.runId ?? state.options?.runId ?? runIdOf(event.execution);
      const failure = await endInFailure(stores.control, runId, state);
      await reportEnd(stores, runId, failure.error);
      return failure.answer;
    }
  }
});
