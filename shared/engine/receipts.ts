import { LamellaError } from "../errors.ts";
import type { Plan } from "../plan/schema.ts";
import { mergeStatistics, type ObjectRecord, type Statistics } from "./outcome.ts";
import type { BatchItem } from "./protocol.ts";
import type { RunFolder } from "./run-folder.ts";

/** What a worker leaves when a batch is done: proof of every object that the batch owns. */
export interface Receipt extends BatchItem {
  readonly version: 1;
  readonly planHash: string;
  readonly stage: number;
  readonly seconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly peakHeap: number;
  /** [array, key, bytes, crc32]; bytes 0 where the object holds only fill values and was left out. */
  readonly objects: readonly (readonly [string, string, number, string])[];
  readonly statistics?: Statistics;
}

export function receiptKey(stage: number, batch: number): string {
  return `receipts/${stage}/${String(batch).padStart(8, "0")}.json`;
}

function batchOfKey(key: string): number {
  return Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);
}

export function packObjects(records: readonly ObjectRecord[]): Receipt["objects"] {
  return records.map((r) => [r.array, r.key, r.size, r.crc32] as const);
}

export async function writeReceipt(folder: RunFolder, receipt: Receipt): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(receipt)}\n`);
  await folder.store.put(receiptKey(receipt.stage, receipt.batch), bytes, {
    contentType: "application/json",
  });
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
  readonly statistics: Statistics;
}

/** Reads the receipts of a stage; those of another plan don't count. `accept` may turn down single receipts. */
export async function readProgress(
  folder: RunFolder,
  plan: Plan,
  stage: number,
  accept: (receipt: Receipt) => Promise<boolean> = async () => true,
): Promise<StageProgress> {
  const tasks = plan.stages[stage]!.tasks;
  const done = new Uint8Array(tasks);
  const statistics: Statistics = {};
  const sums = { seconds: 0, bytesRead: 0, bytesWritten: 0, peakHeap: 0, nextBatch: 0 };
  for await (const entry of folder.store.list(`receipts/${stage}/`)) {
    // One that doesn't parse proves nothing: its tasks are done again, under another number.
    sums.nextBatch = Math.max(sums.nextBatch, batchOfKey(entry.key) + 1);
    const receipt = await folder.json<Receipt>(entry.key).catch((error: unknown) => {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    });
    if (!receipt) continue;
    if (receipt.planHash !== plan.hash || receipt.version !== 1 || !(await accept(receipt))) continue;
    done.fill(1, receipt.start, Math.min(receipt.end, tasks));
    if (receipt.statistics) mergeStatistics(statistics, receipt.statistics);
    sums.seconds += receipt.seconds;
    sums.bytesRead += receipt.bytesRead;
    sums.bytesWritten += receipt.bytesWritten;
    sums.peakHeap = Math.max(sums.peakHeap, receipt.peakHeap);
  }
  return { tasks, done, doneCount: done.reduce((n, bit) => n + bit, 0), statistics, ...sums };
}

/** Fails with RECEIPTS_MISSING unless every task of a stage has a valid receipt. */
export async function requireComplete(folder: RunFolder, plan: Plan, stage: number): Promise<StageProgress> {
  const progress = await readProgress(folder, plan, stage);
  if (progress.doneCount === progress.tasks) return progress;
  const first = progress.done.indexOf(0);
  throw new LamellaError(
    "RECEIPTS_MISSING",
    `stage ${plan.stages[stage]!.name}: ${progress.tasks - progress.doneCount} of ${progress.tasks} tasks have no receipt, first task ${first}`,
    { hint: `Finish it with \`lamella resume ${folder.runId}\`.`, details: { stage, task: first } },
  );
}

/** Batches of the tasks that are not done, at most `size` tasks each, numbered from `firstBatch`. */
export function batchesOf(done: Uint8Array, size: number, firstBatch: number): BatchItem[] {
  const items: BatchItem[] = [];
  let start = 0;
  while (start < done.length) {
    if (done[start]) {
      start++;
      continue;
    }
    let end = start + 1;
    while (end < done.length && !done[end] && end - start < size) end++;
    items.push({ batch: firstBatch + items.length, start, end });
    start = end;
  }
  return items;
}
