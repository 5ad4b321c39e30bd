import { setTimeout } from "node:timers/promises";
import { LamellaError } from "../../errors.ts";
import { openStore } from "../../storage/uri.ts";
import { cancelRun as cancelProcess } from "../local/cancel.ts";
import { isAlive } from "../local/run-process.ts";
import { failRun } from "../run.ts";
import type { RunFolder, RunState } from "../run-folder.ts";
import { cancelled, noLongerWaiting, untilNoneAtWork, type Writers } from "./at-work.ts";
import { executionName, stopExecution } from "./execution.ts";
import type { DeployedStack } from "./stack.ts";
import { reportEnd } from "./upload/status.ts";

export interface CancelOptions {
  /** Ends the waiting; the run stops all the same. */
  readonly signal?: AbortSignal;
  /** Told of functions that are still at work. */
  readonly onWait?: (writers: Writers) => void;
}

/**
 * Stops a run on AWS: leaves the cancel marker, stops the execution with its children, and waits until no function can still
 * write. What is done stays, and the run can be resumed. Throws RUN_ENDED where it has ended already, and INTERRUPTED when `signal`
 * ends the waiting.
 */
export async function cancelOnAws(
  folder: RunFolder,
  stack: DeployedStack,
  options: CancelOptions = {},
): Promise<RunState> {
  const { runId } = folder;
  const before = await folder.state();
  if (before.status === "succeeded" || before.status === "failed") {
    throw new LamellaError("RUN_ENDED", `run ${runId} has ${before.status} already`, {
      hint: `\`lamella status ${runId}\` tells more.`,
      details: { runId, status: before.status },
    });
  }
  if (before.status !== "cancelled") await folder.requestCancel();
  if (before.engine === "lambda") {
    if (before.process && isAlive(before.process) === undefined)
      return cancelElsewhere(folder, stack, options);
    const state = await cancelProcess(folder, options.signal);
    await untilNoneAtWork(folder, options.signal, options.onWait);
    return state;
  }
  await stopExecution(stack.stateMachineArn, executionName(before));
  await untilNoneAtWork(folder, options.signal, options.onWait);
  return endOf(folder, stack);
}

/** How long a process on another computer has to say that it has stopped. It may be gone, and nobody can tell from here. */
const ELSEWHERE_MS = 30_000;
const LOOK_MS = 500;

/** Of a run whose functions another computer's process invokes, or did: from now on they do nothing that they are asked for. */
async function cancelElsewhere(
  folder: RunFolder,
  stack: DeployedStack,
  options: CancelOptions,
): Promise<RunState> {
  await untilNoneAtWork(folder, options.signal, options.onWait);
  const { signal } = options;
  const until = Date.now() + ELSEWHERE_MS;
  while (Date.now() < until) {
    const state = await folder.state();
    if (state.status !== "running" && state.status !== "planned") return state;
    await setTimeout(LOOK_MS, undefined, signal ? { signal } : {}).catch(() => {
      throw noLongerWaiting(folder.runId);
    });
  }
  return endOf(folder, stack);
}

/** A stopped execution writes no last word, nor does a process that is gone: it is written here, unless the run has ended by itself just before. */
async function endOf(folder: RunFolder, stack: DeployedStack): Promise<RunState> {
  const state = await folder.state();
  if (state.status !== "running" && state.status !== "planned") return state;
  const error = cancelled(folder.runId);
  const control = await openStore(`s3://${stack.controlBucket}`);
  await failRun(control, folder.runId, {
    error: error.code,
    cause: error.message,
    ...(error.hint ? { hint: error.hint } : {}),
    ...(state.stage === undefined ? {} : { stage: state.stage }),
  });
  if (stack.dataBucket !== "") {
    const data = await openStore(`s3://${stack.dataBucket}`);
    await reportEnd({ control, data }, folder.runId, error);
  }
  return folder.state();
}
