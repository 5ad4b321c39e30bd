import { LamellaError, toLamellaError } from "../../errors.ts";
import type { Plan } from "../../plan/schema.ts";
import { openStore } from "../../storage/uri.ts";
import { releaseClaims } from "../claims.ts";
import { type BeginOptions, beginRun, failRun } from "../run.ts";
import type { RunFolder } from "../run-folder.ts";
import { requireReachable } from "./reachable.ts";
import type { DeployedStack } from "./stack.ts";
import { startExecution } from "./start.ts";

/**
 * Starts a plan on a deployed stack: claims its outputs, writes its folder into the control bucket, and starts the
 * state machine under the run's id. Nothing stays claimed where the start fails.
 * Throws PLAN_VERSION, OUTPUT_EXISTS, OUTPUT_CLAIMED, UNSUPPORTED_URI for places that no function reaches, and storage's errors.
 */
export async function submitPlan(
  plan: Plan,
  stack: DeployedStack,
  options: Pick<BeginOptions, "keep"> = {},
): Promise<RunFolder> {
  requireSameSchema(plan, stack);
  requireReachable(plan);
  const control = await openStore(`s3://${stack.controlBucket}`);
  const folder = await beginRun(plan, control, "aws", options);
  try {
    await startExecution(stack.stateMachineArn, folder.runId, { runId: folder.runId });
  } catch (thrown) {
    const error = toLamellaError(thrown);
    await releaseClaims(plan, folder.runId);
    await failRun(control, folder.runId, { error: error.code, cause: error.message });
    throw error;
  }
  return folder;
}

/** Throws PLAN_VERSION where the stack runs plans of another schema than this one's; its functions would refuse it as well. */
export function requireSameSchema(plan: Plan, { planVersion }: Pick<DeployedStack, "planVersion">): void {
  if (planVersion === undefined || planVersion === plan.version) return;
  throw new LamellaError(
    "PLAN_VERSION",
    `the plan has schema version ${plan.version}; the deployed stack runs version ${planVersion}`,
    {
      hint:
        planVersion < plan.version
          ? "Deploy the stack again, with this version of Lamella."
          : "Use the version of Lamella that the stack was deployed with, or a later one.",
      details: { plan: plan.version, stack: planVersion },
    },
  );
}
