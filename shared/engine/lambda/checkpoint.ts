import { mergeStatistics, type Statistics } from "../outcome.ts";
import type { BatchEvent } from "../protocol.ts";
import { rangesOf, tasksOf } from "../ranges.ts";
import { packObjects, type Receipt, rangesOfReceipt } from "../receipts.ts";
import type { RunFolder } from "../run-folder.ts";
import { seal } from "../sealed.ts";
import { type BatchTiming, joinTimings } from "../timing.ts";
import type { TaskReport } from "./task-report.ts";

/** What a single task took. */
type TaskFigures = readonly [ms: number, read: number, wrote: number];

/** What a batch has done so far: a receipt in the making. `checkpoints/<stage>/<batch>.json` keeps it for the next invocation. */
export class Checkpoint {
  /** Tasks that have begun and not ended. */
  readonly atWork = new Set<number>();
  seconds = 0;
  bytesRead = 0;
  bytesWritten = 0;
  peakHeap = 0;
  readonly objects: [array: string, key: string, bytes: number, crc32: string][] = [];
  readonly statistics: Statistics = {};
  /** Without the figures of single tasks. */
  timing: BatchTiming | undefined;
  readonly #done = new Map<number, TaskFigures>();

  /** How many tasks are done. */
  get count(): number {
    return this.#done.size;
  }

  isDone(task: number): boolean {
    return this.#done.has(task);
  }

  /** Counts a task. */
  add(task: number, { outcome, bytesRead, bytesWritten, peakHeap, timing }: TaskReport): void {
    this.atWork.delete(task);
    this.#done.set(task, [timing.taskMs[0] ?? 0, timing.taskRead[0] ?? 0, timing.taskWrote[0] ?? 0]);
    for (const packed of packObjects(outcome.objects)) this.objects.push([...packed]);
    if (outcome.statistics) mergeStatistics(this.statistics, outcome.statistics);
    this.bytesRead += bytesRead;
    this.bytesWritten += bytesWritten;
    this.peakHeap = Math.max(this.peakHeap, peakHeap);
    const effort = { ...timing, taskMs: [], taskRead: [], taskWrote: [] };
    this.timing = this.timing ? joinTimings(this.timing, effort) : effort;
  }

  /** Counts the tasks of a receipt that `receipt` gave. */
  restore(receipt: Receipt): void {
    const { timing } = receipt;
    let i = 0;
    for (const task of tasksOf(rangesOfReceipt(receipt))) {
      const figures = [timing?.taskMs[i], timing?.taskRead[i], timing?.taskWrote[i++]] as const;
      this.#done.set(task, [figures[0] ?? 0, figures[1] ?? 0, figures[2] ?? 0]);
    }
    for (const packed of receipt.objects) this.objects.push([...packed]);
    if (receipt.statistics) mergeStatistics(this.statistics, receipt.statistics);
    this.seconds += receipt.seconds;
    this.bytesRead += receipt.bytesRead;
    this.bytesWritten += receipt.bytesWritten;
    this.peakHeap = Math.max(this.peakHeap, receipt.peakHeap);
    this.timing = timing && { ...timing, taskMs: [], taskRead: [], taskWrote: [] };
  }

  /** The receipt of the tasks that are done; it names them as ranges where threads left gaps. */
  receipt(planHash: string, { stage, batch, start: first }: BatchEvent): Receipt {
    const { seconds, bytesRead, bytesWritten, peakHeap, objects, statistics } = this;
    const tasks = [...this.#done.keys()].sort((a, b) => a - b);
    const ranges = rangesOf(tasks);
    const start = ranges[0]?.[0] ?? first;
    const end = ranges.at(-1)?.[1] ?? first;
    const timing = this.#timingOf(tasks);
    return {
      version: 1,
      ...{ planHash, stage, batch, start, end },
      ...(ranges.length > 1 ? { ranges } : {}),
      ...{ seconds, bytesRead, bytesWritten, peakHeap, objects },
      ...(timing ? { timing } : {}),
      ...(Object.keys(statistics).length > 0 ? { statistics } : {}),
    };
  }

  /** Threads end tasks in any order; a receipt has their figures in the order of tasks. */
  #timingOf(tasks: readonly number[]): BatchTiming | undefined {
    if (!this.timing) return undefined;
    const column = (i: 0 | 1 | 2) => tasks.map((task) => this.#done.get(task)![i]);
    return { ...this.timing, taskMs: column(0), taskRead: column(1), taskWrote: column(2) };
  }
}

interface CheckpointDocument {
  readonly child: string;
  /** The batch's tasks [start, end), done or not. */
  readonly start: number;
  readonly end: number;
  readonly receipt: Receipt;
  /** Of an invocation after one that died: what had died until then, and the tasks that are at work. */
  readonly lost?: string;
  readonly atWork?: readonly number[];
}

function checkpointKey({ stage, batch }: BatchEvent): string {
  return `checkpoints/${stage}/${batch}.json`;
}

export async function writeCheckpoint(
  folder: RunFolder,
  planHash: string,
  event: BatchEvent,
  checkpoint: Checkpoint,
): Promise<void> {
  const document: CheckpointDocument = {
    child: event.child?.id ?? "",
    start: event.start,
    end: event.end,
    receipt: checkpoint.receipt(planHash, event),
    ...(event.lost ? { lost: event.lost, atWork: [...checkpoint.atWork].sort((a, b) => a - b) } : {}),
  };
  await folder.store.put(checkpointKey(event), seal(document), { contentType: "application/json" });
}

/**
 * What earlier invocations for the batch left; a fresh one where they left nothing. One of another child execution doesn't count: its
 * batch of this number may have been of other tasks, and its objects may be gone.
 */
export async function readCheckpoint(
  folder: RunFolder,
  planHash: string,
  event: BatchEvent,
): Promise<Checkpoint> {
  const checkpoint = new Checkpoint();
  if (!event.again && !event.retry) return checkpoint;
  const document = await documentOf(folder, event);
  if (document?.receipt.planHash === planHash) checkpoint.restore(document.receipt);
  return checkpoint;
}

/**
 * The tasks that were at work when the function that an event invoked died; none where it wrote nothing of them: of several
 * tasks only invocations after a death mark each that begins, for the price of a request.
 */
export async function tasksAtWork(folder: RunFolder, event: BatchEvent): Promise<readonly number[]> {
  const document = await documentOf(folder, event);
  return document?.lost !== undefined && document.lost === event.lost ? (document.atWork ?? []) : [];
}

/** The checkpoint of the same batch in the same child; one that isn't what was written counts for nothing, and its tasks are done again. */
async function documentOf(folder: RunFolder, event: BatchEvent): Promise<CheckpointDocument | undefined> {
  const key = checkpointKey(event);
  const document = await folder.sealed<CheckpointDocument>(key, () =>
    console.warn(`${folder.store.uri}/${key} is damaged: its tasks are done again`),
  );
  if (!document?.receipt || document.child !== (event.child?.id ?? "")) return undefined;
  return document.start === event.start && document.end === event.end ? document : undefined;
}
