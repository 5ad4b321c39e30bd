import { isLamellaError, LamellaError } from "../../errors.ts";
import { abandonOutputs } from "../claims.ts";
import { removeRun } from "../remove-run.ts";
import { NO_PLAN } from "../run.ts";
import type { RunFolder, RunState } from "../run-folder.ts";
import { isAlive } from "./run-process.ts";

export interface CleanReport {
  readonly runId: string;
  /** Objects of the run's folder that were removed. */
  readonly objects: number;
  /** Unfinished outputs that were removed; finished ones stay. */
  readonly outputs: readonly string[];
}

/**
 * Removes what is kept of a run: its folder with intermediates and receipts, and of a run that didn't succeed the outputs that
 * it had begun and still owns. Outputs of runs that succeeded stay. Throws RUN_ACTIVE while it runs.
 */
export async function cleanRun(folder: RunFolder): Promise<CleanReport> {
  const { runId } = folder;
  const state = await stateOf(folder);
  // Killed before it had a state: it hadn't claimed anything yet.
  if (!state) return { runId, objects: await removeRun(folder), outputs: [] };
  const { process } = state;
  if (state.status === "running" && process && isAlive(process) !== false) {
    throw new LamellaError(
      "RUN_ACTIVE",
      `run ${runId} is being carried out by process ${process.pid} on ${process.host}`,
      {
        hint: `Stop it first with \`lamella cancel ${runId}\`.`,
        details: { runId },
      },
    );
  }
  // Where the plan is gone already, this was cut short before, at its very end: the outputs have been let go of.
  const hasPlan = state.planHash !== NO_PLAN && (await folder.store.head("plan.json")) !== undefined;
  const outputs = hasPlan
    ? await abandonOutputs(await folder.plan(), runId, state.status !== "succeeded")
    : [];
  const objects = await removeRun(folder);
  return { runId, objects, outputs };
}

/** A run's state; undefined of a run that was killed before it had one. Throws RUN_NOT_FOUND where there is nothing. */
async function stateOf(folder: RunFolder): Promise<RunState | undefined> {
  try {
    return await folder.state();
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "RUN_NOT_FOUND") throw error;
    for await (const _ of folder.store.list("")) return undefined;
    throw error;
  }
}
