import type { LamellaError } from "../../errors.ts";
import { stepFunctions } from "./clients.ts";
import { awsError } from "./errors.ts";
import { errorOfState } from "./failures.ts";
import { executionArn } from "./start.ts";

/**
 * Why a run's execution ended without success, as Step Functions tells it; undefined while it runs or where it
 * succeeded. For what the run itself could not write down: aborted, timed out, refused before it had a folder.
 */
export async function executionFailure(
  stateMachineArn: string,
  runId: string,
): Promise<LamellaError | undefined> {
  const { client, sfn } = await stepFunctions();
  try {
    const execution = await client.send(
      new sfn.DescribeExecutionCommand({ executionArn: executionArn(stateMachineArn, runId) }),
    );
    const { status = "RUNNING", error, cause } = execution;
    if (status === "RUNNING" || status === "SUCCEEDED" || status === "PENDING_REDRIVE") return undefined;
    return errorOfState({ Error: error ?? status, Cause: cause ?? `the execution ended as ${status}` });
  } catch (thrown) {
    throw awsError(thrown, `looking at run ${runId}`);
  }
}
