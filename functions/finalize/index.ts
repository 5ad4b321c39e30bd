import { endInFailure, recordLoss } from "../../shared/engine/aws/failures.ts";
import { reportEnd, reportProgress } from "../../shared/engine/aws/upload/status.ts";
import { finalizeRun } from "../../shared/engine/run.ts";
import { checkStage } from "../../shared/engine/stage-loop.ts";
import { controlStore, dataStore } from "../environment.ts";
import { runIdOf } from "../execution.ts";
import { handler as made } from "../handler.ts";
import { turnOptions, withFunctions } from "../turn.ts";
import { event as schema } from "./event.ts";

/** Checks a stage's receipts and answers the next turn; ends a run; or writes into the run how it failed. */
export const handler = made(schema, async (event, context) => {
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
      const startedAt = event.execution.startTime;
      const failure = await endInFailure(stores.control, runId, { ...state, startedAt });
      await reportEnd(stores, runId, failure.error);
      return failure.answer;
    }
  }
});
