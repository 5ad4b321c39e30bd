import { LamellaError } from "../errors.ts";
import type { Plan } from "../plan/schema.ts";
import { mergeStatistics, type ObjectRecord, type Statistics } from "./outcome.ts";
import type { BatchItem } from "./protocol.ts";
import type { TaskRange } from "./ranges.ts";
import { type Rollup, readRollup, type StageSums, writeRollup } from "./rollup.ts";
import type { RunFolder } from "./run-folder.ts";
import { seal } from "./sealed.ts";
import type { BatchTiming } from "./timing.ts";

/** What a worker leaves when a batch is done: proof of every object that the batch owns. */
export interface Receipt extends BatchItem {
  readonly version: 1;
  readonly planHash: string;
  readonly stage: number;
  /** Where not all tasks of [start, end) are done: those that are, ascending. Figures of single tasks are in their order. */
  readonly ranges?: readonly TaskRange[];
  readonly seconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly peakHeap: number;
  readonly timing?: BatchTiming;
  /** [array, key, bytes, crc32]; bytes 0 where the object holds only fill values and was left out. */
  readonly objects: readonly (readonly [string, string, number, string])[];
  readonly statistics?: Statistics;
  /** Memory of the function that finished it, of batches in the cloud. */
  readonly tierMB?: number;
  /** Why it came to that function: the smaller ones that died of it. */
  readonly escalations?: readonly Escalation[];
}

/** A function that ran out of memory or time at a batch. */
export interface Escalation {
  readonly tierMB: number;
  readonly error: string;
}

export function receiptKey(stage: number, batch: number): string {
  return `receipts/${stage}/${String(batch).padStart(8, "0")}.json`;
}

function batchOfKey(key: string): number {
  return Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);
}

/** The tasks that a receipt is of. */
export function rangesOfReceipt({ start, end, ranges = [[start, end]] }: Receipt): readonly TaskRange[] {
  return ranges;
}

export function packObjects(records: readonly ObjectRecord[]): Receipt["objects"] {
  return records.map((r) => [r.array, r.key, r.size, r.crc32] as const);
}

export async function writeReceipt(folder: RunFolder, receipt: Receipt): Promise<void> {
  await folder.store.put(receiptKey(receipt.stage, receipt.batch), seal(receipt), {
    contentType: "application/json",
  });
}

/** Takes receipts of a stage back, by default all: their tasks count as not done. Who may write but not delete can do so. */
export async function takeBackReceipts(
  folder: RunFolder,
  stage: number,
  batches?: readonly number[],
): Promise<void> {
  const keys = batches?.map((batch) => receiptKey(stage, batch)) ?? [];
  if (!batches) for await (const { key } of folder.store.list(`receipts/${stage}/`)) keys.push(key);
  for (const key of keys) await folder.store.put(key, TAKEN_BACK, { contentType: "application/json" });
}

/** What the receipts of a stage say together. */
export interface StageProgress {
  readonly tasks: number;
  readonly done: Uint8Array;
  readonly doneCount: number;
  readonly nextBatch: number;
  readonly seconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly peakHeap: number;
  /** Functions that died of a batch which a larger one then finished. */
  readonly escalations: number;
  readonly statistics: Statistics;
  /** Receipts that aren't what was written, whatever became of them: their tasks don't count as done. */
  readonly damaged: readonly string[];
}

const TAKEN_BACK = new TextEncoder().encode("{}\n");

/** Receipts that are read at once. */
const READ_AT_ONCE = 16;

/**
 * Reads the receipts of a stage; those of another plan don't count. `accept` may turn down single receipts: then all are read,
 * else only those that the stage's roll-up doesn't count yet.
 */
export async function readProgress(
  folder: RunFolder,
  plan: Plan,
  stage: number,
  accept?: (receipt: Receipt) => Promise<boolean>,
): Promise<StageProgress> {
  return (await gather(folder, plan, stage, accept)).progress;
}

async function gather(
  folder: RunFolder,
  plan: Plan,
  stage: number,
  accept: ((receipt: Receipt) => Promise<boolean>) | undefined,
): Promise<{ readonly progress: StageProgress; readonly rollup: Rollup }> {
  const tasks = plan.stages[stage]!.tasks;
  const there = new Map<number, string>();
  let nextBatch = 0;
  for await (const { key, etag } of folder.store.list(`receipts/${stage}/`)) {
    const batch = batchOfKey(key);
    there.set(batch, etag);
    nextBatch = Math.max(nextBatch, batch + 1);
  }
  const known = accept ? undefined : await readRollup(folder, plan.hash, stage, tasks, there);
  const done = known?.done ?? new Uint8Array(tasks);
  const statistics: Statistics = { ...known?.statistics };
  const sums: StageSums = {
    ...(known?.sums ?? { seconds: 0, bytesRead: 0, bytesWritten: 0, peakHeap: 0, escalations: 0 }),
  };
  const counted = new Map(known?.receipts);
  const damaged: string[] = [];
  const count = async (batch: number, etag: string): Promise<void> => {
    // One that isn't what was written proves nothing: its tasks are done again, under another number.
    const key = receiptKey(stage, batch);
    const onDamage = (bytes: Uint8Array): void => {
      if (Buffer.compare(bytes, TAKEN_BACK) !== 0) damaged.push(key);
    };
    const receipt = await folder.sealed<Receipt>(key, onDamage, accept ? undefined : "objects");
    if (receipt?.planHash !== plan.hash || receipt.version !== 1) return;
    if (accept && !(await accept(receipt))) return;
    counted.set(batch, etag);
    for (const [start, end] of rangesOfReceipt(receipt)) done.fill(1, start, Math.min(end, tasks));
    if (receipt.statistics) mergeStatistics(statistics, receipt.statistics);
    sums.seconds += receipt.seconds;
    sums.bytesRead += receipt.bytesRead;
    sums.bytesWritten += receipt.bytesWritten;
    sums.peakHeap = Math.max(sums.peakHeap, receipt.peakHeap);
    sums.escalations += receipt.escalations?.length ?? 0;
  };
  const rest = [...there].filter(([batch]) => !counted.has(batch)).values();
  const lane = async (): Promise<void> => {
    for (const [batch, etag] of rest) await count(batch, etag);
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, lane));
  let doneCount = 0;
  for (let task = 0; task < tasks; task++) doneCount += done[task]!;
  return {
    progress: { tasks, done, doneCount, nextBatch, statistics, damaged: damaged.sort(), ...sums },
    rollup: { receipts: counted, done, sums, statistics },
  };
}

/** Reads a stage's receipts as `readProgress`, and rolls them up once they are complete. */
export async function rollUp(folder: RunFolder, plan: Plan, stage: number): Promise<StageProgress> {
  const { progress, rollup } = await gather(folder, plan, stage, undefined);
  if (progress.doneCount === progress.tasks) await writeRollup(folder, plan.hash, stage, rollup);
  return progress;
}

/** Fails with RECEIPTS_MISSING unless every task of a stage has a valid receipt; rolls them up. */
export async function requireComplete(folder: RunFolder, plan: Plan, stage: number): Promise<StageProgress> {
  const progress = await rollUp(folder, plan, stage);
  if (progress.doneCount === progress.tasks) return progress;
  throw receiptsMissing(folder, plan, stage, progress);
}

export function receiptsMissing(
  folder: RunFolder,
  plan: Plan,
  stage: number,
  { tasks, done, doneCount }: StageProgress,
): LamellaError {
  const first = done.indexOf(0);
  return new LamellaError(
    "RECEIPTS_MISSING",
    `stage ${plan.stages[stage]!.name}: ${tasks - doneCount} of ${tasks} tasks have no receipt, first task ${first}`,
    { hint: `Finish it with \`lamella resume ${folder.runId}\`.`, details: { stage, task: first } },
  );
}

/** Batches of the tasks that are not done, at most `size` tasks each, numbered from `firstBatch`. */
export function* batchesOf(done: Uint8Array, size: number, firstBatch: number): Generator<BatchItem> {
  let batch = firstBatch;
  let start = done.indexOf(0);
  while (start >= 0) {
    let end = start + 1;
    while (end < done.length && !done[end] && end - start < size) end++;
    yield { batch: batch++, start, end };
    start = done.indexOf(0, end);
  }
}
