import { threadId } from "node:worker_threads";
import type { WorkerSession } from "./session.ts";

/** When, where and with what effort a batch was done: what reports show. It proves nothing; receipts without it are valid. */
export interface BatchEffort {
  /** Unix time in milliseconds, by the worker's clock. */
  readonly startedAt: number;
  /** The thread here, the function's environment on AWS. */
  readonly worker: string;
  /** Chunks that were wanted: of these the cache had `cacheHits`. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Bytes of chunks that were decoded, and of the regions that tasks took of them, halos included. */
  readonly decodedBytes: number;
  readonly takenBytes: number;
  /** Requests for objects and parts of objects. */
  readonly reads: number;
  readonly writes: number;
  /** Resident set of the worker's process at the end of a task, the largest, bytes. Threads share a process. */
  readonly rss: number;
  /** Memory that the function was given, MB; on AWS. */
  readonly functionMB?: number;
}

/** The same with a figure for each task of the batch, in their order. */
export interface BatchTiming extends BatchEffort {
  readonly taskMs: readonly number[];
  readonly taskRead: readonly number[];
  readonly taskWrote: readonly number[];
}

/** Between two looks at the resident set, which cost as much as a tiny task. */
const SAMPLE_MS = 25;

/** Takes the time and effort of a batch while its tasks are done. */
export class BatchMeter {
  readonly #session: WorkerSession;
  readonly #startedAt = Date.now();
  readonly #before: Counters;
  #task: Counters;
  #rss = 0;
  #sampled = 0;
  readonly #taskMs: number[] = [];
  readonly #taskRead: number[] = [];
  readonly #taskWrote: number[] = [];

  constructor(session: WorkerSession) {
    this.#session = session;
    this.#before = countersOf(session);
    this.#task = this.#before;
  }

  endTask(): void {
    const now = countersOf(this.#session);
    this.#taskMs.push(Math.round(10 * (now.ms - this.#task.ms)) / 10);
    this.#taskRead.push(now.bytesRead - this.#task.bytesRead);
    this.#taskWrote.push(now.bytesWritten - this.#task.bytesWritten);
    this.#task = now;
    if (now.ms - this.#sampled >= SAMPLE_MS) this.#sample(now.ms);
  }

  #sample(ms: number): void {
    this.#sampled = ms;
    this.#rss = Math.max(this.#rss, process.memoryUsage.rss());
  }

  get timing(): BatchTiming {
    const now = countersOf(this.#session);
    this.#sample(now.ms);
    const since = (name: keyof Counters): number => now[name] - this.#before[name];
    const functionMB = Number(process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]);
    return {
      startedAt: this.#startedAt,
      worker: workerName(),
      cacheHits: since("cacheHits"),
      cacheMisses: since("cacheMisses"),
      decodedBytes: since("decodedBytes"),
      takenBytes: since("takenBytes"),
      reads: since("reads"),
      writes: since("writes"),
      rss: this.#rss,
      ...(functionMB > 0 ? { functionMB } : {}),
      taskMs: this.#taskMs,
      taskRead: this.#taskRead,
      taskWrote: this.#taskWrote,
    };
  }
}

/** Of two parts of a batch, the one done after the other or beside it. The worker is the function's environment, whatever its threads. */
export function joinTimings(one: BatchTiming, other: BatchTiming): BatchTiming {
  const sum = (name: "cacheHits" | "cacheMisses" | "decodedBytes" | "takenBytes" | "reads" | "writes") =>
    one[name] + other[name];
  return {
    ...other,
    startedAt: Math.min(one.startedAt, other.startedAt),
    worker: other.worker.replace(/ thread \d+$/, ""),
    cacheHits: sum("cacheHits"),
    cacheMisses: sum("cacheMisses"),
    decodedBytes: sum("decodedBytes"),
    takenBytes: sum("takenBytes"),
    reads: sum("reads"),
    writes: sum("writes"),
    rss: Math.max(one.rss, other.rss),
    taskMs: [...one.taskMs, ...other.taskMs],
    taskRead: [...one.taskRead, ...other.taskRead],
    taskWrote: [...one.taskWrote, ...other.taskWrote],
  };
}

/** A timing without what it says of single tasks. */
export function effortOf({ taskMs: _, taskRead: __, taskWrote: ___, ...effort }: BatchTiming): BatchEffort {
  return effort;
}

interface Counters {
  readonly ms: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly reads: number;
  readonly writes: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly decodedBytes: number;
  readonly takenBytes: number;
}

function countersOf({ count, looks, regions }: WorkerSession): Counters {
  return {
    ms: performance.now(),
    ...count,
    cacheHits: looks.hits,
    cacheMisses: looks.misses,
    ...regions,
  };
}

/** On AWS the end of the log stream's name, which an environment has to itself; there a thread is a part of it. */
function workerName(): string {
  const environment = process.env["AWS_LAMBDA_LOG_STREAM_NAME"]?.slice(-8);
  if (environment === undefined) return threadId === 0 ? "process" : `thread ${threadId}`;
  return threadId === 0 ? environment : `${environment} thread ${threadId}`;
}
