import { type RunReport, runLocally } from "../shared/engine/local/engine.ts";
import { beginRun } from "../shared/engine/run.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { controlStore } from "./control-store.ts";
import { formatSeconds } from "./format.ts";
import { untilInterrupted } from "./interrupt.ts";
import { Observation } from "./observe/observation.ts";
import type { ObserveFlags } from "./observe/options.ts";
import { paint } from "./paint.ts";
import { placeOf } from "./run-choice.ts";

export interface RunFlags extends ObserveFlags {
  readonly runs?: string;
  readonly keep?: boolean;
  readonly verify?: boolean;
  readonly workers?: number;
}

/** Begins a run of a plan on this computer and sees it through. */
export async function runPlanHere(plan: Plan, flags: RunFlags): Promise<RunReport> {
  const observation = await Observation.open(flags);
  const folder = await beginRun(plan, await controlStore(flags.runs), "local");
  return finishHere(folder, plan, flags, observation);
}

/** Runs what is left of a run on this computer; Ctrl-C stops it so that it can be resumed. */
export async function finishHere(
  folder: RunFolder,
  plan: Plan,
  flags: RunFlags,
  opened?: Observation,
): Promise<RunReport> {
  const observation = opened ?? (await Observation.open(flags));
  const { status } = await folder.state();
  if (status === "succeeded")
    observation.note(`run ${folder.runId} has succeeded already: nothing is left to do`);
  else {
    noteWarnings(plan, observation);
    observation.note(`run ${folder.runId}`);
  }
  const memory = () => process.memoryUsage.rss();
  const place = placeOf(flags);
  return observation.follow({ folder, plan, memory, place }, () => {
    return untilInterrupted((signal) =>
      runLocally(folder, plan, {
        workers: flags.workers ?? plan.budget.workers,
        signal,
        onEvent: observation.on,
        ...(flags.keep === undefined ? {} : { keep: flags.keep }),
        ...(flags.verify === undefined ? {} : { verify: flags.verify }),
      }),
    );
  });
}

export function noteWarnings(plan: Plan, progress: Pick<Observation, "note">): void {
  for (const warning of plan.warnings) {
    progress.note(`${paint("yellow", `warning[${warning.code}]`)}: ${warning.message}`);
  }
}

/** The result on stdout: one JSON document, or the outputs' places. */
export function printReport(report: RunReport, flags: RunFlags): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  if (!flags.quiet) process.stderr.write(`done in ${formatSeconds(report.seconds)}\n`);
  // There the events say it.
  if (flags.events === "-") return;
  for (const uri of Object.values(report.outputs)) process.stdout.write(`${shownPath(uri)}\n`);
}

/** file:///a/b as /a/b: what people paste. */
export function shownPath(uri: string): string {
  return uri.startsWith("file://") ? decodeURIComponent(uri.slice("file://".length)) : uri;
}
