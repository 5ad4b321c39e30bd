import { LamellaError, toLamellaError } from "../../errors.ts";
import { projectedPeak, projectedPeaks } from "../../plan/budget.ts";
import type { Plan } from "../../plan/schema.ts";
import { threadsOf } from "../../plan/threads.ts";
import { sweepOutputs } from "../claims.ts";
import { finishRun, tidyUp } from "../documents.ts";
import { noteFailedBatch } from "../failed-batches.ts";
import { onceBegun } from "../once-begun.ts";
import type { BatchItem, BatchResult } from "../protocol.ts";
import { batchesOf, requireComplete } from "../receipts.ts";
import { boundYoungObjects } from "../reclaim.ts";
import { claimUnclaimed, outputUris } from "../run.ts";
import type { RunEvent, RunReport, StageReport } from "../run-events.ts";
import type { RunFolder } from "../run-folder.ts";
import { addPass } from "../stage-passes.ts";
import { verifiedProgress } from "../verified-progress.ts";
import { requireOutputs } from "../verify.ts";
import { InlineRunner } from "./inline-runner.ts";
import { PeakMeter } from "./peak-meter.ts";
import { isAlive, type RunProcess, thisProcess } from "./run-process.ts";
import { Shares } from "./shares.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface LocalOptions {
  readonly workers: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** Keep intermediates after success. */
  readonly keep?: boolean;
  /** On resuming: read every object again and compare its checksum, not only its size. */
  readonly verify?: boolean;
  /** The run's folder goes with the call: nobody can go on with it. */
  readonly isTransient?: boolean;
  /** Who carries the batches out; default: worker threads here, or this thread for little work. */
  readonly runner?: BatchRunner;
}

export type { RunEvent, RunReport, StageReport };

export interface BatchRunner {
  /**
   * Drops what the stage before left in memory, so that no stage pays for another. Whether tasks that are at work at the same time should
   * be near each other, and begin in order, since what one reads others have.
   */
  enterStage(stage: number): Promise<boolean>;
  run(stage: number, item: BatchItem): Promise<BatchResult>;
  close(): Promise<void>;
  /** Of a runner whose batches have a process each: how many of a batch's tasks that carries out at once. */
  tasksAtOnce?(stage: number): Promise<number>;
  /** Is told of each attempt at a batch that failed and is made again. */
  onRetry?: (stage: number, item: BatchItem, error: LamellaError, attempt: number) => void;
}

/** Batches per worker and stage: enough to balance, few enough that a batch amortises its receipt. */
const BATCHES_PER_WORKER = 24;
/** Tasks of a batch at most: what an interruption costs, and what a receipt holds. */
const MOST_TASKS = 1024;

/**
 * Runs a plan on this computer: worker threads carry out the batches of one stage after another, with the same `runTask` and
 * the same receipts as on AWS. What has a valid receipt is not done again.
 */
export async function runLocally(folder: RunFolder, plan: Plan, options: LocalOptions): Promise<RunReport> {
  const started = performance.now();
  const { status, process: carrier, keep } = await folder.state();
  if (status === "succeeded") {
    // It may have been killed before it had tidied up.
    await tidyUp(folder, plan, { keep: keep ?? options.keep ?? false });
    return finished(folder, plan, options);
  }
  if (status === "running" && carrier && isOther(carrier)) throw active(folder.runId, carrier);
  await claimUnclaimed(folder, plan);
  // One whose process ended while it claimed its outputs is planned still.
  const resumed = status !== "planned" || (carrier !== undefined && !isThis(carrier));
  // Asked of a run that begins, a cancellation holds; to go on with a run takes it back.
  if (resumed) await folder.clearCancel();
  // What was killed leaves temporary files behind: an earlier process, or a thread of this one.
  let untidy = resumed;
  await folder.updateState({ status: "running", process: thisProcess() });
  const stages: StageReport[] = [];
  const runner = options.runner ?? makeRunner(folder, plan, options);
  runner.onRetry = (stage, item, { code, message }, attempt) => {
    untidy = true;
    options.onEvent?.({ type: "retry", stage, item, attempt, code, message });
  };
  try {
    for (let stage = 0; stage < plan.stages.length; stage++) {
      stages.push(await runStage(folder, plan, stage, runner, options));
    }
    if (untidy) {
      await sweepOutputs(plan);
      await folder.store.sweep?.();
    }
    await finishRun(folder, plan, keeping(options));
  } catch (thrown) {
    const error = options.signal?.aborted
      ? interrupted(folder.runId, options)
      : options.isTransient
        ? toLamellaError(thrown)
        : onceBegun(
            toLamellaError(thrown),
            `go on with \`lamella resume ${folder.runId}\`: what is finished is not done again.`,
          );
    // Other lanes may be at a batch still: once the state says that the run has ended, its outputs may be cleaned.
    await runner.close().catch(() => {});
    const details = error.details as { stage?: number; task?: number };
    await folder
      .updateState({
        status: error.code === "CANCELLED" || error.code === "INTERRUPTED" ? "cancelled" : "failed",
        failure: {
          code: error.code,
          message: error.message,
          ...(error.hint ? { hint: error.hint } : {}),
          ...(details.stage === undefined ? {} : { stage: details.stage }),
          ...(details.task === undefined ? {} : { task: details.task }),
        },
      })
      .catch(() => {});
    throw error;
  } finally {
    await runner.close();
  }
  return {
    runId: folder.runId,
    status: "succeeded",
    outputs: outputUris(plan),
    stages,
    seconds: (performance.now() - started) / 1000,
    planHash: plan.hash,
  };
}

function keeping({ keep }: LocalOptions): { readonly keep?: boolean } {
  return keep === undefined ? {} : { keep };
}

/** Whether a run is at work in another process. Of a process on another computer nobody can tell: its user knows. */
function isOther(carrier: RunProcess): boolean {
  return !isThis(carrier) && isAlive(carrier) === true;
}

function isThis(carrier: RunProcess): boolean {
  const here = thisProcess();
  return carrier.host === here.host && carrier.pid === here.pid && carrier.start === here.start;
}

function active(runId: string, { pid, host }: RunProcess): LamellaError {
  return new LamellaError("RUN_ACTIVE", `run ${runId} is being carried out by process ${pid} on ${host}`, {
    hint: `Watch it with \`lamella watch ${runId}\`, or stop it first with \`lamella cancel ${runId}\`.`,
    details: { runId },
  });
}

/** The report of a run that has nothing left to do; with `verify` its outputs are read again. */
async function finished(folder: RunFolder, plan: Plan, options: LocalOptions): Promise<RunReport> {
  const started = performance.now();
  if (options.verify) await requireOutputs(plan, folder);
  return {
    runId: folder.runId,
    status: "succeeded",
    outputs: outputUris(plan),
    stages: [],
    seconds: (performance.now() - started) / 1000,
    planHash: plan.hash,
  };
}

function makeRunner(folder: RunFolder, plan: Plan, options: LocalOptions): BatchRunner {
  if (threadsOf(plan.stages, options.workers) === 0 || !folder.store.uri.startsWith("file:"))
    return new InlineRunner(folder, plan, options.signal);
  return new WorkerPool(folder, plan, options.workers, options.signal);
}

async function runStage(
  folder: RunFolder,
  plan: Plan,
  index: number,
  runner: BatchRunner,
  options: LocalOptions,
): Promise<StageReport> {
  const stage = plan.stages[index]!;
  const started = performance.now();
  const progress = await verifiedProgress(folder, plan, index, options.verify ?? false);
  let done = progress.doneCount;
  for (const key of progress.damaged) options.onEvent?.({ type: "damaged", stage: index, key });
  options.onEvent?.({ type: "stage", stage: index, name: stage.name, tasks: stage.tasks, done });
  const apart = await runner.tasksAtOnce?.(index);
  const size = batchSize(stage.tasks, options.workers, apart);
  const items = [...batchesOf(progress.done, size, progress.nextBatch)];
  await folder.writeManifest(index, items);
  await folder.updateState({ stage: index });
  const isShared = await runner.enterStage(index);
  const meter = new PeakMeter();
  const startedAt = Date.now();
  let bytesRead = 0;
  let bytesWritten = 0;
  let peakHeap = 0;
  try {
    const lanes = Math.min(options.workers, Math.max(1, items.length));
    const shares = new Shares(items, isShared ? 1 : lanes);
    const lane = async (_: unknown, taker: number): Promise<void> => {
      const share = isShared ? 0 : taker;
      for (let item = shares.next(share); item; item = shares.next(share)) {
        if (options.signal?.aborted) throw interrupted(folder.runId, options);
        const result = await runner.run(index, item).catch(async (error: unknown) => {
          // The other lanes begin no other batch.
          shares.stop();
          await noteFailedBatch(folder, index, item, error);
          throw error;
        });
        boundYoungObjects();
        done += result.tasks;
        bytesRead += result.bytesRead;
        bytesWritten += result.bytesWritten;
        options.onEvent?.({
          type: "batch",
          stage: index,
          done,
          tasks: stage.tasks,
          bytesRead,
          bytesWritten,
          seconds: (performance.now() - started) / 1000,
          batch: { ...item, ...detailsOf(result) },
        });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    peakHeap = (await requireComplete(folder, plan, index)).peakHeap;
  } finally {
    meter.stop();
    if (items.length > 0) {
      await addPass(folder, index, {
        startedAt,
        endedAt: Date.now(),
        tasks: items.reduce((n, { start, end }) => n + end - start, 0),
        workers: options.workers,
        ...(options.runner ? {} : { peakRss: meter.peak }),
      });
    }
  }
  const threads = runner instanceof InlineRunner ? 0 : options.workers;
  const projected =
    apart === undefined
      ? projectedPeaks(plan.stages, threads)[index]!
      : projectedPeak(stage.memory, apart, stage.tasks);
  const report: StageReport = {
    name: stage.name,
    kind: stage.kind,
    tasks: stage.tasks,
    seconds: (performance.now() - started) / 1000,
    bytesRead,
    bytesWritten,
    // Of batches with a process each, what one of those takes.
    projectedMiB: Math.ceil(projected / 2 ** 20),
    // Of batches that ran elsewhere only the heap is known.
    peakMiB: Math.ceil((options.runner ? peakHeap : meter.peak) / 2 ** 20),
  };
  options.onEvent?.({ type: "stage-end", stage: index, report });
  return report;
}

/** Tasks a batch; a process that carries out several at once gets as many, or a multiple. */
function batchSize(tasks: number, workers: number, atOnce = 1): number {
  const wanted = Math.ceil(tasks / (workers * BATCHES_PER_WORKER) / atOnce) * atOnce;
  return Math.max(1, Math.min(wanted, MOST_TASKS));
}

function detailsOf({ seconds, bytesRead, bytesWritten, effort }: BatchResult) {
  return { seconds, bytesRead, bytesWritten, ...(effort ? { effort } : {}) };
}

function interrupted(runId: string, { isTransient, signal }: LocalOptions): LamellaError {
  const cause = signal?.reason === undefined ? {} : { cause: signal.reason as unknown };
  if (isTransient) {
    return new LamellaError("INTERRUPTED", "the computation was interrupted", {
      hint: "Nothing of it was kept: compute it again.",
      ...cause,
    });
  }
  return new LamellaError("INTERRUPTED", `run ${runId} was interrupted`, {
    hint: `Go on with \`lamella resume ${runId}\`: what is finished is not done again.`,
    details: { runId },
    ...cause,
  });
}
