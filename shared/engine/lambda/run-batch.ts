import { isLamellaError } from "../../errors.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { atWork, cancelled } from "../aws/at-work.ts";
import type { BatchEvent, BatchResult } from "../protocol.ts";
import { writeReceipt } from "../receipts.ts";
import { boundYoungObjects } from "../reclaim.ts";
import { RunFolder } from "../run-folder.ts";
import { effortOf } from "../timing.ts";
import { BatchLanes } from "./batch-lanes.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { Deadline } from "./deadline.ts";
import { escalationsOf } from "./escalations.ts";
import type { TaskRunner } from "./task-report.ts";
import { warmRun } from "./warm.ts";

/** What the function that a batch runs in says of itself. */
export interface FunctionContext {
  /** Milliseconds until it is ended. */
  remainingMs(): number;
  readonly tierMB: number;
  /** Who carries tasks out; default: the function's own threads. */
  readonly runner?: TaskRunner;
}

/**
 * Runs a batch in a function, on as many threads as the event says, a contiguous share of its tasks each, and leaves one receipt for
 * all of them. Where time runs out it hands back what is left, so that it never dies of its timeout while it makes progress; a task
 * that takes longer than a function may is OUT_OF_TIME. Errors name the stage and the task.
 */
export function runBatch(
  control: ObjectStore,
  event: BatchEvent,
  context: FunctionContext,
): Promise<BatchResult> {
  const folder = new RunFolder(control, event.runId);
  return atWork(folder, `${event.stage}-${event.batch}`, context.remainingMs(), () =>
    runTasksOf(folder, event, context),
  );
}

async function runTasksOf(
  folder: RunFolder,
  event: BatchEvent,
  context: FunctionContext,
): Promise<BatchResult> {
  const { planHash, threads } = await warmRun(folder);
  const began = Date.now();
  const deadline = new Deadline(() => context.remainingMs(), event.child);
  const checkpoint = await readCheckpoint(folder, planHash, event);
  const { count: from, seconds, bytesRead, bytesWritten } = checkpoint;
  let kept = Promise.resolve();
  const keep = (): Promise<void> => {
    const write = (): Promise<void> => {
      checkpoint.seconds = seconds + (Date.now() - began) / 1000;
      return writeCheckpoint(folder, planHash, event, checkpoint);
    };
    // one after the other, for of two that are written at once the older one may stay
    kept = kept.then(write, write);
    return kept;
  };
  try {
    const look = async (): Promise<void> => {
      if (await folder.isCancelled()) throw cancelled(event.runId);
    };
    await new BatchLanes({
      event,
      checkpoint,
      runner: context.runner ?? threads,
      deadline,
      keep,
      look,
    }).run();
  } catch (error) {
    if (checkpoint.count > from && !isCoded(error, "CANCELLED")) await keep().catch(() => {});
    throw error;
  }
  // a warm function carries out batch after batch
  boundYoungObjects();
  checkpoint.seconds = seconds + (Date.now() - began) / 1000;
  const outcome = outcomeOf(event, checkpoint, deadline);
  if (outcome === "again") await keep();
  else if (checkpoint.count > 0) {
    const escalations = escalationsOf(event.lost);
    await writeReceipt(folder, {
      ...checkpoint.receipt(planHash, event),
      tierMB: context.tierMB,
      ...(escalations.length > 0 ? { escalations } : {}),
    });
  }
  return {
    stage: event.stage,
    batch: event.batch,
    tasks: checkpoint.count - from,
    bytesRead: checkpoint.bytesRead - bytesRead,
    bytesWritten: checkpoint.bytesWritten - bytesWritten,
    seconds: checkpoint.seconds - seconds,
    ...(checkpoint.timing ? { effort: effortOf(checkpoint.timing) } : {}),
    outcome,
  };
}

function outcomeOf(
  { start, end }: BatchEvent,
  { count }: Checkpoint,
  deadline: Deadline,
): "done" | "again" | "later" {
  if (count === end - start) return "done";
  return deadline.childGoesOn ? "again" : "later";
}

function isCoded(error: unknown, code: string): boolean {
  return isLamellaError(error) && error.code === code;
}
