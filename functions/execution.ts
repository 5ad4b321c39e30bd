import { createHash } from "node:crypto";
import * as z from "zod";
import { newRunId } from "../shared/engine/run-id.ts";

/** What the state machine says of its execution. */
export const executionSchema = z.object({ name: z.string(), startTime: z.string() });
export type Execution = z.infer<typeof executionSchema>;

/** A run id that follows from the execution, so that a repeated attempt, or the record of a failure, finds its run. */
export function runIdOf(execution: Execution): string {
  const digest = createHash("sha256").update(`${execution.name}\n${execution.startTime}`).digest("hex");
  return `${newRunId(Date.parse(execution.startTime)).slice(0, 10)}-${digest.slice(0, 8)}`;
}
