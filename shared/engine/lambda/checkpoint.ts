import { mergeStatistics, type Statistics } from "../outcome.ts";
import type { BatchEvent } from "../protocol.ts";
import { packObjects, type Receipt } from "../receipts.ts";
import type { RunFolder } from "../run-folder.ts";
import { type BatchTiming, joinTimings } from "../timing.ts";
import type { TaskReport } from "./task-report.ts";

/** What a batch has done so far: a receipt in the making. `checkpoints/<stage>/<batch>.json` keeps it for the next invocation. */
export class Checkpoint {
  /** The tasks before this one are done. */
  next: number;
  seconds = 0;
  bytesRead = 0;
  bytesWritten = 0;
  peakHeap = 0;
  readonly objects: [array: string, key: string, bytes: number, crc32: string][] = [];
  readonly statistics: Statistics = {};
  timing: BatchTiming | undefined;

  constructor(start: number) {
    this.next = start;
  }

  /** Counts the next task. */
  add({ outcome, bytesRead, bytesWritten, peakHeap, timing }: TaskReport): void {
    this.next++;
    for (const packed of packObjects(outcome.objects)) this.objects.push([...packed]);
    if (outcome.statistics) mergeStatistics(this.statistics, outcome.statistics);
    this.bytesRead += bytesRead;
    this.bytesWritten += bytesWritten;
    this.peakHeap = Math.max(this.peakHeap, peakHeap);
    this.timing = this.timing ? joinTimings(this.timing, timing) : timing;
  }

  /** The receipt of the tasks that are done. */
  receipt(planHash: string, { stage, batch, start }: BatchEvent): Receipt {
    const { next: end, seconds, bytesRead, bytesWritten, peakHeap, timing, objects, statistics } = this;
    return {
      version: 1,
      ...{ planHash, stage, batch, start, end, seconds, bytesRead, bytesWritten, peakHeap, objects },
      ...(timing ? { timing } : {}),
      ...(Object.keys(statistics).length > 0 ? { statistics } : {}),
    };
  }
}

interface CheckpointDocument {
  readonly child: string;
  readonly receipt: Receipt;
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
    receipt: checkpoint.receipt(planHash, event),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(document)}\n`);
  await folder.store.put(checkpointKey(event), bytes, { contentType: "application/json" });
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
  const checkpoint = new Checkpoint(event.start);
  if (!event.again && !event.retry) return checkpoint;
  const document = await folder.json<CheckpointDocument>(checkpointKey(event)).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  const receipt = document?.receipt;
  if (!receipt || document.child !== (event.child?.id ?? "")) return checkpoint;
  if (receipt.planHash !== planHash || receipt.start !== event.start || receipt.end > event.end)
    return checkpoint;
  checkpoint.next = receipt.end;
  checkpoint.seconds = receipt.seconds;
  checkpoint.bytesRead = receipt.bytesRead;
  checkpoint.bytesWritten = receipt.bytesWritten;
  checkpoint.peakHeap = receipt.peakHeap;
  checkpoint.timing = receipt.timing;
  for (const packed of receipt.objects) checkpoint.objects.push([...packed]);
  if (receipt.statistics) mergeStatistics(checkpoint.statistics, receipt.statistics);
  return checkpoint;
}
