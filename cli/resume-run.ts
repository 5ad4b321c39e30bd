import { mendedState } from "../shared/engine/damaged-state.ts";
import type { FoundRun } from "../shared/engine/life.ts";
import { isAlive } from "../shared/engine/local/run-process.ts";
import { NO_PLAN } from "../shared/engine/run.ts";
import type { RunState } from "../shared/engine/run-folder.ts";
import { LamellaError } from "../shared/errors.ts";
import { checkPins } from "../shared/plan/pins.ts";
import { paint } from "./paint.ts";
import { finishHere, printReport, type RunFlags } from "./run-plan.ts";

export interface ResumeFlags extends RunFlags {
  readonly detach?: boolean;
}

/**
 * Goes on with a run on the engine that it was begun on, or of one on AWS by the other way. Throws INVALID_ARGUMENT for what that engine
 * would ignore.
 */
export async function resumeRun(
  { folder, stack }: FoundRun,
  flags: ResumeFlags,
  way?: "aws" | "lambda",
): Promise<void> {
  const state = stack ? await folder.state() : await mendedState(folder, warnOfDamage);
  const engine = way ?? state.engine;
  if (state.status === "running" || state.status === "planned") requireNoProcess(state);
  const refuse = (flag: "detach" | "workers", why: string): void => {
    if (flags[flag] === undefined) return;
    throw new LamellaError("INVALID_ARGUMENT", `--${flag} is nothing for run ${folder.runId}: ${why}`, {
      hint: `Leave --${flag} out.`,
    });
  };
  if (state.planHash !== NO_PLAN && state.status !== "succeeded") await checkPins(await folder.plan());
  if (stack) {
    refuse("workers", "its batches run in functions");
    const onAws = await import("./resume-on-aws.ts");
    if (engine === "aws") return onAws.resumeExecution(folder, stack, flags);
    refuse("detach", "a process here invokes its functions");
    return onAws.resumeInvokes(folder, stack, flags);
  }
  refuse("detach", "it ends with this process");
  printReport(await finishHere(folder, await folder.plan(), flags), flags);
}

function warnOfDamage(key: string): void {
  process.stderr.write(
    `${paint("yellow", "warning")}: ${key} was damaged: plan and receipts say what is done\n`,
  );
}

/** Throws RUN_ACTIVE while the process that carries a run out is there. */
function requireNoProcess({ runId, process }: RunState): void {
  if (!process || isAlive(process) !== true) return;
  throw new LamellaError("RUN_ACTIVE", `run ${runId} is being carried out by process ${process.pid}`, {
    hint: `Follow it with \`lamella watch ${runId}\`, or stop it first with \`lamella cancel ${runId}\`.`,
    details: { runId },
  });
}
