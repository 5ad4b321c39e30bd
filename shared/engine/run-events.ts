import type { BatchItem, BatchResult } from "./protocol.ts";

/** What a run tells while it goes on, whoever carries it out: an engine here, or one that is watched by its receipts. */
export type RunEvent =
  | {
      readonly type: "stage";
      readonly stage: number;
      readonly name: string;
      readonly tasks: number;
      readonly done: number;
    }
  | {
      readonly type: "batch";
      readonly stage: number;
      /** Tasks that are done, those of earlier attempts among them. */
      readonly done: number;
      readonly tasks: number;
      /** Of this attempt at the stage. */
      readonly bytesRead: number;
      readonly bytesWritten: number;
      readonly seconds: number;
      /** The batch that ended; absent where only their number is known. */
      readonly batch?: BatchDone;
    }
  | {
      readonly type: "retry";
      readonly stage: number;
      readonly item: BatchItem;
      /** Which attempt failed, from 1. */
      readonly attempt: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      /** A record in the run's folder isn't what was written: what it is of is done again. */
      readonly type: "damaged";
      readonly stage: number;
      readonly key: string;
    }
  | { readonly type: "stage-end"; readonly stage: number; readonly report: StageReport };

export type BatchDone = BatchItem & Pick<BatchResult, "seconds" | "bytesRead" | "bytesWritten" | "effort">;

export interface StageReport {
  readonly name: string;
  readonly kind: string;
  readonly tasks: number;
  readonly seconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly projectedMiB: number;
  readonly peakMiB: number;
}

export interface RunReport {
  readonly runId: string;
  readonly status: "succeeded";
  readonly outputs: { readonly [name: string]: string };
  readonly stages: readonly StageReport[];
  readonly seconds: number;
  readonly planHash: string;
}
