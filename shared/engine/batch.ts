import { LamellaError, toLamellaError } from "../errors.ts";
import { cancelled } from "./aws/at-work.ts";
import { checkClaims } from "./claims.ts";
import { mergeStatistics, type ObjectRecord, type Statistics, type TaskOutcome } from "./outcome.ts";
import type { BatchItem, BatchResult } from "./protocol.ts";
import { packObjects, writeReceipt } from "./receipts.ts";
import type { RunFolder } from "./run-folder.ts";
import { runTask } from "./run-task.ts";
import type { WorkerSession } from "./session.ts";
import { BatchMeter, effortOf } from "./timing.ts";

/** Between two looks at the cancel marker within a batch, ms. */
const LOOK_MS = 1000;

/**
 * Runs the tasks of a batch in order and leaves a receipt. Looks at the cancel marker and the outputs' claims first, so
 * that a cancelled or replaced run stops writing. Errors name the stage and the task.
 */
export async function runTasks(
  session: WorkerSession,
  folder: RunFolder,
  stage: number,
  item: BatchItem,
): Promise<BatchResult> {
  if (await folder.isCancelled()) throw cancelled(folder.runId);
  const started = performance.now();
  const meter = new BatchMeter(session);
  const before = { ...session.count };
  const objects: ObjectRecord[] = [];
  const statistics: Statistics = {};
  session.enterStage(stage);
  session.heap.resetPeak();
  const checkOwner = () => checkClaims(session.plan, folder.runId, (uri) => session.store(uri));
  await checkOwner();
  let looked = started;
  for (let task = item.start; task < item.end; task++) {
    if (performance.now() - looked > LOOK_MS) {
      looked = performance.now();
      if (await folder.isCancelled()) throw cancelled(folder.runId);
      await checkOwner();
    }
    if (session.signal?.aborted)
      throw new LamellaError("INTERRUPTED", `run ${folder.runId} was interrupted`, {
        hint: `Go on with it: lamella resume ${folder.runId}.`,
      });
    const outcome = await runNamedTask(session, stage, task);
    objects.push(...outcome.objects);
    if (outcome.statistics) mergeStatistics(statistics, outcome.statistics);
    meter.endTask();
  }
  const { timing } = meter;
  const result: BatchResult = {
    stage,
    batch: item.batch,
    tasks: item.end - item.start,
    bytesRead: session.count.bytesRead - before.bytesRead,
    bytesWritten: session.count.bytesWritten - before.bytesWritten,
    seconds: (performance.now() - started) / 1000,
    effort: effortOf(timing),
  };
  await writeReceipt(folder, {
    version: 1,
    planHash: session.plan.hash,
    stage,
    batch: item.batch,
    start: item.start,
    end: item.end,
    seconds: result.seconds,
    bytesRead: result.bytesRead,
    bytesWritten: result.bytesWritten,
    peakHeap: session.heap.peak,
    timing,
    objects: packObjects(objects),
    ...(Object.keys(statistics).length > 0 ? { statistics } : {}),
  });
  return result;
}

/** Runs one task, where the run still owns its outputs. Errors name the stage and the task. */
export async function runOwnTask(
  session: WorkerSession,
  folder: RunFolder,
  stage: number,
  task: number,
): Promise<TaskOutcome> {
  await checkClaims(session.plan, folder.runId, (uri) => session.store(uri));
  return runNamedTask(session, stage, task);
}

async function runNamedTask(session: WorkerSession, stage: number, task: number): Promise<TaskOutcome> {
  try {
    const outcome = await runTask(session, stage, task);
    session.tidy();
    return outcome;
  } catch (error) {
    throw atTask(error, session, stage, task);
  }
}

function atTask(thrown: unknown, session: WorkerSession, stage: number, task: number): LamellaError {
  const error = toLamellaError(thrown);
  return new LamellaError(error.code, error.message, {
    ...(error.hint ? { hint: error.hint } : {}),
    details: { ...error.details, stage, stageName: session.plan.stages[stage]!.name, task },
    cause: error.cause ?? thrown,
  });
}
