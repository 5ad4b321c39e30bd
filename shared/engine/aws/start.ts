import { LamellaError } from "../../errors.ts";
import type { RunRequest } from "../protocol.ts";
import { stepFunctions } from "./clients.ts";
import { awsError } from "./errors.ts";

/**
 * Starts a run on the state machine under the run's own id, so that a repeated request is the same execution. True when
 * it was started by this call or by one like it that still runs, false when an execution of that name is over.
 */
export async function startExecution(
  stateMachineArn: string,
  runId: string,
  request: RunRequest,
): Promise<boolean> {
  const { client, sfn } = await stepFunctions();
  const input = JSON.stringify(request);
  // the service's limit is 256 KiB, counted in UTF-8
  if (Buffer.byteLength(input) > 250_000) {
    throw new LamellaError("INVALID_ARGUMENT", "the request is too large for the state machine", {
      hint: "Store the pipeline as an object and send its pipelineUri.",
      details: { bytes: Buffer.byteLength(input) },
    });
  }
  try {
    await client.send(new sfn.StartExecutionCommand({ stateMachineArn, name: runId, input }));
    return true;
  } catch (error) {
    if (error instanceof sfn.ExecutionAlreadyExists) return false;
    throw awsError(error, `starting run ${runId}`);
  }
}

/** The ARN of a run's execution: executions are named by their run. */
export function executionArn(stateMachineArn: string, runId: string): string {
  return `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${runId}`;
}
