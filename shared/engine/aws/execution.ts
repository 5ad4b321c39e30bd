import type { LamellaError } from "../../errors.ts";
import type { RunState } from "../run-folder.ts";
import { stepFunctions } from "./clients.ts";
import { awsError } from "./errors.ts";
import { errorOfState } from "./failures.ts";
import { executionArn } from "./start.ts";

/** The names of the executions of a run, the one that carries it out last. The first is named by its run, unless somebody named it. */
export function executionsOf({
  runId,
  executions,
}: Pick<RunState, "runId" | "executions">): readonly string[] {
  return executions ?? [runId];
}

/** The name of the execution that carries a run out, or did last. */
export function executionName(state: Pick<RunState, "runId" | "executions">): string {
  return executionsOf(state).at(-1)!;
}

/** How an execution is; undefined where there is none of that name, or no longer. */
export async function executionStatus(
  stateMachineArn: string,
  name: string,
): Promise<{ readonly status: string; readonly error?: string; readonly cause?: string } | undefined> {
  const { client, sfn } = await stepFunctions();
  try {
    const { status, error, cause } = await client.send(
      new sfn.DescribeExecutionCommand({ executionArn: executionArn(stateMachineArn, name) }),
    );
    return { status: status ?? "RUNNING", ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
  } catch (thrown) {
    if (thrown instanceof sfn.ExecutionDoesNotExist) return undefined;
    throw awsError(thrown, `looking at execution ${name}`);
  }
}

/**
 * Why an execution ended without success, as Step Functions tells it; undefined while it runs, where it succeeded, and where it isn't
 * there (yet). For what the run itself could not write down: aborted, timed out, refused before it had a folder.
 */
export async function executionFailure(
  stateMachineArn: string,
  name: string,
): Promise<LamellaError | undefined> {
  const found = await executionStatus(stateMachineArn, name);
  if (!found || ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"].includes(found.status)) return undefined;
  return errorOfState({
    Error: found.error ?? found.status,
    Cause: found.cause ?? `the execution ended as ${found.status}`,
  });
}

/** Stops an execution, and with it the children of its maps. One that has ended, or never was, is left as it is. */
export async function stopExecution(stateMachineArn: string, name: string): Promise<void> {
  const { client, sfn } = await stepFunctions();
  try {
    await client.send(
      new sfn.StopExecutionCommand({
        executionArn: executionArn(stateMachineArn, name),
        error: "CANCELLED",
        cause: "the run was cancelled",
      }),
    );
  } catch (thrown) {
    if (thrown instanceof sfn.ExecutionDoesNotExist) return;
    if ((await executionStatus(stateMachineArn, name))?.status !== "RUNNING") return;
    throw awsError(thrown, `stopping execution ${name}`);
  }
}
