import * as z from "zod";
import { batchEvent } from "../batch-event.ts";
import { executionSchema } from "../execution.ts";

const count = z.int().nonnegative();
const failure = z.object({ Error: z.string().optional(), Cause: z.string().optional() });
const state = z.object({
  runId: z.string().optional(),
  stage: count.optional(),
  options: z.object({ runId: z.string().optional() }).optional(),
  failure,
});
/** What the state machine asks at the end of a turn, of a batch that was lost, and of a run. */
export const event = z.discriminatedUnion("action", [
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
