import { LamellaError } from "../../errors.ts";
import { abandonOutputs } from "../claims.ts";
import { removeRun } from "../remove-run.ts";
import { NO_PLAN } from "../run.ts";
import type { RunFolder } from "../run-folder.ts";
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
  const state = await folder.state();
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
  const hasPlan = state.planHash !== NO_PLAN;
  const outputs = hasPlan
    ? await abandonOutputs(await folder.plan(), runId, state.status !== "succeeded")
    : [];
  const objects = await removeRun(folder);
  return { runId, objects, outputs };
}
