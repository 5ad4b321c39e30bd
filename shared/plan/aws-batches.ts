import type { Stage } from "./schema.ts";

/** Batches that one Distributed Map gets at most before tasks share a batch. */
const BATCHES_WANTED = 1000;
/** Seconds of one batch that are comfortable within a function's 900. */
const BATCH_SECONDS = 240;
/** Express children end after 300 seconds: only batches far below that go there. */
const EXPRESS_SECONDS = 60;
/** Functions that a stage runs at once. */
export const STAGE_CONCURRENCY = 200;

/** How a stage goes to AWS: tasks a batch, batches, and the kind of children that carry them. */
export interface StageBatches {
  readonly size: number;
  readonly count: number;
  readonly childType: "EXPRESS" | "STANDARD";
}

/** One task a batch while there are few; then as many as keep the number of batches, and a batch's time, in bounds. */
export function batchesOnAws(stage: Stage): StageBatches {
  const wanted = Math.ceil(stage.tasks / BATCHES_WANTED);
  const perTask = secondsPerTask(stage);
  const size = Math.max(1, Math.min(wanted, Math.floor(BATCH_SECONDS / perTask)));
  return {
    size,
    count: Math.ceil(stage.tasks / size),
    childType: size * perTask <= EXPRESS_SECONDS ? "EXPRESS" : "STANDARD",
  };
}

function secondsPerTask(stage: Stage): number {
  const transfer = (stage.estimate.bytesRead + stage.estimate.bytesWritten) / 60e6;
  return (stage.estimate.cpuSeconds * 2 + transfer) / Math.max(1, stage.tasks) + 0.1;
}
