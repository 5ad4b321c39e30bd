import { type RunReport, runLocally } from "../shared/engine/local/engine.ts";
import { beginRun } from "../shared/engine/run.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import { toLamellaError } from "../shared/errors.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { controlStore } from "./control-store.ts";
import { formatSeconds } from "./format.ts";
import { untilInterrupted } from "./interrupt.ts";
import { paint } from "./paint.ts";
import { Progress } from "./progress/progress.ts";

export interface RunFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly runs?: string;
  readonly keep?: boolean;
  readonly verify?: boolean;
  readonly workers?: number;
}

/** Begins a run of a plan on this computer and sees it through. */
export async function runPlanHere(plan: Plan, flags: RunFlags): Promise<RunReport> {
  const folder = await beginRun(plan, await controlStore(flags.runs), "local");
  return finishHere(folder, plan, flags);
}

/** Runs what is left of a run on this computer; Ctrl-C stops it so that it can be resumed. */
export async function finishHere(folder: RunFolder, plan: Plan, flags: RunFlags): Promise<RunReport> {
  const progress = new Progress({
    quiet: flags.quiet,
    verbose: flags.verbose,
    plan,
    memory: () => process.memoryUsage.rss(),
  });
  const { status } = await folder.state();
  if (status === "succeeded")
    progress.note(`run ${folder.runId} has succeeded already: nothing is left to do`);
  else {
    noteWarnings(plan, progress);
    progress.note(`run ${folder.runId}`);
  }
  try {
    return await untilInterrupted((signal) =>
      runLocally(folder, plan, {
        workers: flags.workers ?? plan.budget.workers,
        signal,
        onEvent: progress.on,
        ...(flags.keep === undefined ? {} : { keep: flags.keep }),
        ...(flags.verify === undefined ? {} : { verify: flags.verify }),
      }),
    );
  } catch (error) {
    progress.close();
    const { stageName, task } = toLamellaError(error).details;
    if (typeof stageName === "string" && typeof task === "number")
      progress.note(`that task alone: lamella replay ${folder.runId} ${quoted(`${stageName}:${task}`)}`);
    throw error;
  } finally {
    progress.close();
  }
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function noteWarnings(plan: Plan, progress: Progress): void {
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
  for (const uri of Object.values(report.outputs)) process.stdout.write(`${shownPath(uri)}\n`);
}

/** file:///a/b as /a/b: what people paste. */
export function shownPath(uri: string): string {
  return uri.startsWith("file://") ? decodeURIComponent(uri.slice("file://".length)) : uri;
}
