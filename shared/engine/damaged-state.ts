import { isLamellaError } from "../errors.ts";
import { isClearing } from "./claims.ts";
import { outputUris } from "./run.ts";
import type { RunFolder, RunState } from "./run-folder.ts";

/**
 * The state of a run on this computer that is to be gone on with. Where it is damaged, the plan, the claims and the receipts say all
 * that is needed: it is written anew, as that of a run that failed. Throws PLAN_INVALID where the plan is damaged too.
 */
export async function mendedState(folder: RunFolder, onDamage: (key: string) => void): Promise<RunState> {
  try {
    return await folder.state();
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "PLAN_INVALID") throw error;
    const plan = await folder.plan();
    const { code, message } = error;
    const now = new Date().toISOString();
    // Claimed anew without harm, but where that would clear what a run that has succeeded left.
    const claiming = !plan.overwrite || (await isClearing(plan, folder.runId));
    const state: RunState = {
      runId: folder.runId,
      status: "failed",
      engine: "local",
      createdAt: now,
      updatedAt: now,
      outputs: outputUris(plan),
      planHash: plan.hash,
      ...(claiming ? { claiming } : {}),
      failure: { code, message },
    };
    await folder.writeState(state);
    onDamage("state.json");
    return state;
  }
}
