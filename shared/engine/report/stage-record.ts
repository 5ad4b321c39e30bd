import { batchesOnAws } from "../../plan/aws-batches.ts";
import { projectedPeak, projectedPeaks } from "../../plan/budget.ts";
import type { Plan, Stage } from "../../plan/schema.ts";
import { threadsOf } from "../../plan/threads.ts";
import { tasksOf } from "../ranges.ts";
import { type Receipt, rangesOfReceipt } from "../receipts.ts";
import type { StagePass } from "../stage-passes.ts";
import { Heat } from "./heat.ts";
import type { StageData } from "./report-data.ts";

/** Receipts of a stage that are read; of more, an even selection. */
export const MOST_RECEIPTS = 20_000;

/** What the receipts of one stage say, read one after another. */
export class StageRecord {
  readonly index: number;
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #heat: Heat;
  readonly #done: Uint8Array;
  #doneCount = 0;
  #start = Number.POSITIVE_INFINITY;
  #end = 0;
  #rss = 0;
  #heap = 0;
  batches = 0;
  /** Of earlier versions, whose receipts tell no times. */
  untimed = 0;
  readonly #sums = {
    busySeconds: 0,
    bytesRead: 0,
    bytesWritten: 0,
    requests: 0,
    cacheHits: 0,
    cacheMisses: 0,
    decodedBytes: 0,
    takenBytes: 0,
  };
  lambdaGBSeconds = 0;
  reads = 0;
  writes = 0;

  constructor(plan: Plan, index: number) {
    this.index = index;
    this.#plan = plan;
    this.#stage = plan.stages[index]!;
    this.#heat = new Heat(plan, this.#stage);
    this.#done = new Uint8Array(this.#stage.tasks);
  }

  get heatEvery(): number {
    return this.#heat.every;
  }

  get merged(): number {
    return this.#heat.merged;
  }

  get busySeconds(): number {
    return this.#sums.busySeconds;
  }

  get isComplete(): boolean {
    return this.#doneCount === this.#stage.tasks;
  }

  isDone(task: number): boolean {
    return this.#done[task] === 1;
  }

  add(receipt: Receipt): void {
    const { seconds, timing } = receipt;
    const ranges = rangesOfReceipt(receipt);
    this.batches++;
    for (const task of tasksOf(ranges)) {
      this.#doneCount += this.#done[task] === 0 ? 1 : 0;
      this.#done[task] = 1;
    }
    const sums = this.#sums;
    sums.busySeconds += seconds;
    sums.bytesRead += receipt.bytesRead;
    sums.bytesWritten += receipt.bytesWritten;
    this.#heap = Math.max(this.#heap, receipt.peakHeap);
    if (!timing) {
      this.untimed++;
      return;
    }
    this.#heat.add(receipt.batch, ranges, timing);
    this.#start = Math.min(this.#start, timing.startedAt);
    this.#end = Math.max(this.#end, timing.startedAt + 1000 * seconds);
    this.#rss = Math.max(this.#rss, timing.rss);
    this.reads += timing.reads;
    this.writes += timing.writes;
    sums.requests += timing.reads + timing.writes;
    sums.cacheHits += timing.cacheHits;
    sums.cacheMisses += timing.cacheMisses;
    sums.decodedBytes += timing.decodedBytes;
    sums.takenBytes += timing.takenBytes;
    this.lambdaGBSeconds += (seconds * (timing.functionMB ?? 0)) / 1024;
  }

  data(passes: readonly StagePass[], onAws: boolean, retries: number): StageData {
    const { name, kind, tasks, estimate, memory } = this.#stage;
    const peak = passes.reduce((most, { peakRss = 0 }) => Math.max(most, peakRss), this.#rss);
    const start = passes.reduce((least, { startedAt }) => Math.min(least, startedAt), this.#start);
    const end = passes.reduce((most, { endedAt }) => Math.max(most, endedAt), this.#end);
    const threads = threadsOf(this.#plan.stages, passes.at(-1)?.workers ?? this.#plan.budget.workers);
    const projected = onAws
      ? projectedPeak(memory, batchesOnAws(this.#stage).threads)
      : projectedPeaks(this.#plan.stages, threads)[this.index]!;
    return {
      name,
      kind: "phase" in this.#stage ? `${kind} ${this.#stage.phase}` : kind,
      tasks,
      done: this.#doneCount,
      batches: this.batches,
      ...(Number.isFinite(start) ? { startedAt: start, endedAt: end } : {}),
      ...this.#sums,
      inputBytes: estimate.bytesInput,
      plannedDecoded: estimate.bytesRead,
      plannedTaken: estimate.bytesTaken ?? estimate.bytesRead,
      plannedWritten: estimate.bytesWritten,
      projectedMiB: Math.ceil(projected / 2 ** 20),
      ...(peak > 0 ? { peakMiB: Math.ceil(peak / 2 ** 20) } : {}),
      kernelPeakMiB: Math.ceil(this.#heap / 2 ** 20),
      retries,
      ...(tasks > 1 && this.batches > this.untimed ? { heat: this.#heat.data } : {}),
    };
  }
}
