import { setTimeout } from "node:timers/promises";
import { errorFromJson, LamellaError } from "../errors.ts";
import { batchesOnAws } from "../plan/aws-batches.ts";
import { projectedPeak, projectedPeaks } from "../plan/budget.ts";
import type { Plan } from "../plan/schema.ts";
import { onceBegun } from "./once-begun.ts";
import { readProgress } from "./receipts.ts";
import type { RunEvent, RunReport, StageReport } from "./run-events.ts";
import type { RunFolder, RunState } from "./run-folder.ts";
import { readPasses } from "./stage-passes.ts";
import { StageWatch } from "./stage-watch.ts";

/**
 * Milliseconds between two looks at the run's folder. While nothing changes they grow apart, and a look that takes long makes the next one
 * wait ten times as long: a run of a week is watched for a few cents, and no bucket sees more than a request a second.
 */
const INTERVAL = 1_000;
const LONGEST_IDLE = 10_000;
const IDLE_GROWTH = 1.25;

/** Who carries a run out, and may be gone without a word in the run's folder. */
export interface Carrier {
  /** Why it can't end well any more; undefined while it may. */
  gone(): Promise<LamellaError | undefined>;
  /** Milliseconds between two times that it is asked. */
  readonly interval: number;
  /** The command that shows the run. */
  readonly look: string;
}

export interface WatchOptions {
  readonly onEvent?: (event: RunEvent) => void;
  /** Ends the watching, not the run. */
  readonly signal?: AbortSignal;
  /** Tell of every batch, for the price of reading its receipt. */
  readonly batches?: boolean;
}

/**
 * Watches a run until its end, from its receipts; who carries it out is asked now and then whether it's there still. The report is
 * that of a run here; where batches ran elsewhere its peaks are the heaps alone. Throws the run's failure, and INTERRUPTED when `signal`
 * ends the watching.
 */
export async function watchRun(
  folder: RunFolder,
  carrier: Carrier,
  options: WatchOptions = {},
): Promise<RunReport> {
  const plan = await folder.plan();
  const started = performance.now();
  const reports: StageReport[] = [];
  let current: StageWatch | undefined;
  const watchOf = (stage: number) =>
    new StageWatch(folder, plan, stage, options.onEvent, options.batches ?? false);
  let asked = performance.now();
  let interval = INTERVAL;
  let before = "";
  for (;;) {
    const looked = performance.now();
    const state = await folder.state();
    const at = state.status === "succeeded" ? plan.stages.length : (state.stage ?? 0);
    while (reports.length < at) {
      // What ended since the last look, in a stage that is over now.
      if (options.batches) await (current ?? watchOf(reports.length)).look();
      reports.push(await reportOf(folder, plan, reports.length, current?.seconds, options.onEvent));
      current = undefined;
    }
    if (state.status === "succeeded") return summary(state, reports, started);
    if (state.status === "failed" || state.status === "cancelled") {
      if (options.batches) await current?.look();
      throw failureOf(state, plan);
    }
    current ??= watchOf(at);
    const now = `${state.status} ${at} ${await current.look()}`;
    interval = now === before ? Math.min(LONGEST_IDLE, interval * IDLE_GROWTH) : INTERVAL;
    before = now;
    if (performance.now() - asked > carrier.interval) {
      asked = performance.now();
      const failure = await carrier.gone();
      if (failure && (await folder.state()).status === state.status) throw failure;
    }
    const wait = Math.max(interval, 10 * (performance.now() - looked));
    await pause(wait, folder.runId, carrier.look, options.signal);
  }
}

/**
 * A finished stage: time and peak as the engine here left them; else from its receipts, and one that came and went between two looks took
 * what its batches took.
 */
async function reportOf(
  folder: RunFolder,
  plan: Plan,
  index: number,
  seconds: number | undefined,
  onEvent: ((event: RunEvent) => void) | undefined,
): Promise<StageReport> {
  const stage = plan.stages[index]!;
  const [progress, passes] = await Promise.all([
    readProgress(folder, plan, index),
    readPasses(folder, index),
  ]);
  const took = passes.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0) / 1000;
  const peakRss = Math.max(...passes.map((pass) => pass.peakRss ?? 0));
  const isHere = peakRss > 0;
  const projected = isHere
    ? projectedPeaks(plan.stages, passes.at(-1)!.workers)[index]!
    : projectedPeak(stage.memory, batchesOnAws(stage).threads, stage.tasks);
  const report: StageReport = {
    name: stage.name,
    kind: stage.kind,
    tasks: stage.tasks,
    seconds: passes.length > 0 ? took : (seconds ?? progress.seconds),
    bytesRead: progress.bytesRead,
    bytesWritten: progress.bytesWritten,
    projectedMiB: Math.ceil(projected / 2 ** 20),
    peakMiB: Math.ceil((isHere ? peakRss : progress.peakHeap) / 2 ** 20),
  };
  onEvent?.({ type: "stage-end", stage: index, report });
  return report;
}

function summary(state: RunState, stages: readonly StageReport[], started: number): RunReport {
  return {
    runId: state.runId,
    status: "succeeded",
    outputs: state.outputs,
    stages,
    // one that had ended before, or that was joined late, took longer than it was watched
    seconds: Math.max(
      (performance.now() - started) / 1000,
      stages.reduce((sum, { seconds }) => sum + seconds, 0),
    ),
    planHash: state.planHash,
  };
}

/** The failure of a run, with its stage's name: what `lamella replay` takes. */
function failureOf({ runId, status, failure }: RunState, plan: Plan): LamellaError {
  if (!failure)
    return new LamellaError(status === "cancelled" ? "CANCELLED" : "RUN_FAILED", `run ${runId} ${status}`, {
      hint: `lamella report ${runId} shows what was done; lamella resume ${runId} goes on with it.`,
    });
  const { code, message, hint, ...where } = failure;
  const stageName = where.stage === undefined ? undefined : plan.stages[where.stage]?.name;
  const error = errorFromJson({
    ...{ code, message },
    ...(hint ? { hint } : {}),
    details: { runId, ...where, ...(stageName === undefined ? {} : { stageName }) },
  });
  return onceBegun(error);
}

async function pause(
  ms: number,
  runId: string,
  look: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await setTimeout(Math.min(ms, 30_000), undefined, signal ? { signal } : {});
  } catch {
    throw new LamellaError("INTERRUPTED", `no longer watching run ${runId}, which goes on`, {
      hint: `Look at it with \`${look}\`, or stop it with \`lamella cancel ${runId}\`.`,
      details: { runId },
    });
  }
}
