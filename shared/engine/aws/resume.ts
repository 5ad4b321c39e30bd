import { LamellaError } from "../../errors.ts";
import type { Plan } from "../../plan/schema.ts";
import { NO_PLAN } from "../run.ts";
import type { RunFolder, RunState } from "../run-folder.ts";
import { verifiedProgress } from "../verified-progress.ts";
import { executionName, executionStatus, executionsOf } from "./execution.ts";
import type { DeployedStack } from "./stack.ts";
import { startExecution } from "./start.ts";
import { requireSameSchema } from "./submit.ts";

export interface ResumeOptions {
  /** Read every object again, here, and compare its checksum, not only its size. */
  readonly verify?: boolean;
  readonly keep?: boolean;
}

/**
 * Goes on with a run that was interrupted or failed: another execution of the same plan, which passes over what valid receipts prove. A
 * run that has succeeded is left as it is. Throws RUN_ACTIVE while its execution runs, and PLAN_VERSION where the stack's functions would.
 */
export async function resumeOnAws(
  folder: RunFolder,
  plan: Plan,
  stack: DeployedStack,
  options: ResumeOptions = {},
): Promise<RunState> {
  const { process: _, ...before } = await folder.state();
  if (before.status === "succeeded") return before;
  requireSameSchema(plan, stack);
  await requireNoExecution(folder, stack);
  // takes the receipts of what isn't as it was written back: the state machine goes by those that stay
  if (options.verify)
    for (let stage = 0; stage < plan.stages.length; stage++)
      await verifiedProgress(folder, plan, stage, true);
  const executions = [...executionsOf(before)];
  try {
    for (;;) {
      const execution = `${folder.runId}-${executions.length + 1}`;
      executions.push(execution);
      // Before the marker goes: who asks from now on to cancel it finds the execution that is meant.
      const state = await folder.updateState({
        status: "planned",
        engine: "aws",
        executions,
        ...(options.keep ? { keep: true } : {}),
      });
      await folder.clearCancel();
      // False where somebody else's attempt of that number has come and gone.
      if (await startExecution(stack.stateMachineArn, execution, { runId: folder.runId })) return state;
    }
  } catch (error) {
    await folder.writeState(before).catch(() => {});
    throw error;
  }
}

/** Throws RUN_ACTIVE while the execution of a run goes on. */
export async function requireNoExecution(folder: RunFolder, stack: DeployedStack): Promise<void> {
  const state = await folder.state();
  const { runId } = folder;
  const execution = executionName(state);
  const found = await executionStatus(stack.stateMachineArn, execution);
  if (found?.status !== "RUNNING") return;
  throw new LamellaError("RUN_ACTIVE", `run ${runId} is being carried out by execution ${execution}`, {
    hint: `Follow it with \`lamella watch ${runId}\`, or stop it first with \`lamella cancel ${runId}\`.`,
    details: { runId, execution },
  });
}

/** Throws RUN_ENDED for a run that failed before it had a plan: there is nothing to go on with. */
export function requirePlan({ runId, planHash, failure }: RunState): void {
  if (planHash !== NO_PLAN) return;
  throw new LamellaError("RUN_ENDED", `run ${runId} failed before it had a plan: ${failure?.message ?? ""}`, {
    hint: "Mend what it says, and start a new run.",
    details: { runId },
  });
}
