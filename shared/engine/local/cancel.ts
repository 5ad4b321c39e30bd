import { setTimeout } from "node:timers/promises";
import { LamellaError } from "../../errors.ts";
import type { RunFolder, RunState } from "../run-folder.ts";
import { isAlive } from "./run-process.ts";

/** Milliseconds between two looks at a run that was asked to stop. */
const INTERVAL = 200;

/**
 * Asks a run on this computer to stop and waits until none of its workers can still write: the first that comes to its next batch ends
 * the others. What is done stays, and the run can be resumed. Throws RUN_ENDED where it has ended already, and INTERRUPTED when
 * `signal` ends the waiting; the run stops all the same.
 */
export async function cancelRun(folder: RunFolder, signal?: AbortSignal): Promise<RunState> {
  const { runId } = folder;
  const before = await folder.state();
  if (before.status === "cancelled") return before;
  if (before.status === "succeeded" || before.status === "failed") {
    throw new LamellaError("RUN_ENDED", `run ${runId} has ${before.status} already`, {
      hint: `\`lamella status ${runId}\` tells more.`,
      details: { runId, status: before.status },
    });
  }
  await folder.requestCancel();
  for (;;) {
    const state = await folder.state();
    if (state.status !== "running" && state.status !== "planned") return state;
    if (!state.process || isAlive(state.process) === false) return endOf(folder);
    try {
      await setTimeout(INTERVAL, undefined, signal ? { signal } : {});
    } catch {
      throw new LamellaError(
        "INTERRUPTED",
        `no longer waiting for run ${runId}, which stops at its next batch`,
        {
          hint: `Look at it with \`lamella status ${runId}\`.`,
          details: { runId },
        },
      );
    }
  }
}

/** Of a run whose process is gone there is nobody else to say that it is cancelled, unless it has ended by itself just before. */
async function endOf(folder: RunFolder): Promise<RunState> {
  const state = await folder.state();
  if (state.status !== "running" && state.status !== "planned") return state;
  return folder.updateState({
    status: "cancelled",
    failure: {
      code: "CANCELLED",
      message: `run ${folder.runId} was cancelled`,
      hint: `Go on with \`lamella resume ${folder.runId}\`, or remove it with \`lamella clean ${folder.runId}\`.`,
    },
  });
}
