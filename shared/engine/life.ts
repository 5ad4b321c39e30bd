import type { Writers } from "./aws/at-work.ts";
import type { DeployedStack } from "./aws/stack.ts";
import { type CleanReport, cleanRun } from "./local/clean.ts";
import type { RunFolder, RunState } from "./run-folder.ts";
import type { Carrier } from "./watch.ts";

/** A run where it is kept: on this computer, or in the control bucket of a deployed stack. */
export interface FoundRun {
  readonly folder: RunFolder;
  readonly stack?: DeployedStack;
}

/** Who carries a run out. The AWS SDK is loaded for runs on AWS alone. */
export async function carrierOf({ folder, stack }: FoundRun): Promise<Carrier> {
  if (stack && (await folder.state()).engine === "aws")
    return (await import("./aws/carrier.ts")).executionOf(stack, folder);
  return (await import("./local/carrier.ts")).processOf(folder);
}

export interface StopOptions {
  /** Ends the waiting; the run stops all the same. */
  readonly signal?: AbortSignal;
  /** Told of functions that are still at work. */
  readonly onWait?: (writers: Writers) => void;
}

/**
 * Asks a run to stop, and returns when nobody can write for it any more. What is done stays, and it can be resumed. Throws RUN_ENDED
 * where it has ended already, and INTERRUPTED when `signal` ends the waiting.
 */
export async function stopRun({ folder, stack }: FoundRun, options: StopOptions = {}): Promise<RunState> {
  if (stack) return (await import("./aws/cancel.ts")).cancelOnAws(folder, stack, options);
  return (await import("./local/cancel.ts")).cancelRun(folder, options.signal);
}

/**
 * Removes what is kept of a run: its folder with intermediates and receipts, what the maps of its executions wrote, and of a run that
 * didn't succeed the outputs that it had begun and still owns. Throws RUN_ACTIVE while it runs, or may still write.
 */
export async function removeRun({ folder, stack }: FoundRun): Promise<CleanReport> {
  if (!stack) return cleanRun(folder);
  return (await import("./aws/clean.ts")).cleanOnAws(folder, stack);
}
