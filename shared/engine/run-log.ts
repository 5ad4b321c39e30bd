import type { Plan } from "../plan/schema.ts";
import { type Receipt, receiptKey } from "./receipts.ts";
import type { RunFolder } from "./run-folder.ts";

/** What a run's folder tells of what was done: one line a batch. A run on a computer writes no other log. */
export interface RunLogLine {
  readonly stage: string;
  readonly batch: number;
  /** The tasks [start, end). */
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The batches of a run that left a receipt, by stage and number. Receipts are read one at a time. */
export async function* logOfFolder(folder: RunFolder, plan: Plan): AsyncGenerator<RunLogLine> {
  for (const [index, { name }] of plan.stages.entries()) {
    for await (const { key } of folder.store.list(`receipts/${index}/`)) {
      const batch = Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);
      const receipt = await folder
        .sealed<Receipt>(receiptKey(index, batch), undefined, "objects")
        .catch(() => undefined);
      if (!receipt) continue;
      const { start, end, seconds, bytesRead, bytesWritten } = receipt;
      yield { stage: name, batch, start, end, seconds, bytesRead, bytesWritten };
    }
  }
}
