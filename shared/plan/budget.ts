import os from "node:os";
import type { StageMemory } from "./schema.ts";

/**
 * What the runtime itself takes, bytes, rounded up: the resident set of a process that has loaded the command line, and what a
 * worker thread adds to it once its own JavaScript heap has grown.
 */
export const PROCESS_RESERVE = 92 * 2 ** 20;
export const WORKER_RESERVE = 32 * 2 ** 20;
/** What the process adds where it carries the tasks out itself: its JavaScript heap grows by less than a thread takes. */
export const INLINE_RESERVE = 28 * 2 ** 20;
/**
 * What V8's heaps come to hold of what each of many tasks leaves behind, until it is collected, bytes; and at most, where the process
 * carries them out itself. Of a thread it counts as garbage.
 */
const LEFT_BY_TASK = 1024;
const MOST_LEFT_BY_TASKS = 48 * 2 ** 20;
/** What each worker keeps for its next tasks, bytes: decoded chunks, and borders of chunks it has done with. */
export const WHOLE_CHUNKS_PER_WORKER = 72 * 2 ** 20;
export const BORDERS_PER_WORKER = 10 * 2 ** 20;
export const CACHE_PER_WORKER = WHOLE_CHUNKS_PER_WORKER + BORDERS_PER_WORKER;

/** What a dashboard adds to the process that it is shown by: the page's server, and receipts that are read while tasks run. */
export const DASHBOARD_RESERVE = 32 * 2 ** 20;

/** What own kernels add to the process that bundles and calls them: esbuild beside it, and what calls leave in its heap. */
export const OWN_KERNELS_RESERVE = 36 * 2 ** 20;

export interface Budget {
  readonly memoryMiB: number;
  readonly workers: number;
}

/** Half of the computer's memory, and a worker per core up to eight. */
export function defaultBudget(): Budget {
  return {
    memoryMiB: Math.max(512, Math.floor(os.totalmem() / 2 ** 20 / 2)),
    workers: Math.max(1, Math.min(8, os.availableParallelism())),
  };
}

/** h5wasm with its memory, which never shrinks, and the pages of the file that are kept. */
export const HDF5_LIBRARY_BYTES = 64 * 2 ** 20;

/** Bytes of buffers that a worker no longer uses, before it collects them; those that it keeps for the next chunks are among them. */
export const GARBAGE_PER_WORKER = 28 * 2 ** 20;

/** What a worker takes besides the task it is at, bytes. */
const FIXED_PER_WORKER = WORKER_RESERVE + CACHE_PER_WORKER + GARBAGE_PER_WORKER;
/** WASM32 addresses 4 GiB; a little of that is the module's own. */
export const MAX_TASK_BYTES = 4 * 2 ** 30 - 2 ** 24;

/** Kernel memory and buffers that one task may use under a budget, bytes, where so much more lies `beside` the tasks. */
export function taskLimit(budget: Budget, beside = 0): number {
  const total = budget.memoryMiB * 2 ** 20 - beside - PROCESS_RESERVE - budget.workers * FIXED_PER_WORKER;
  return Math.min(Math.floor(total / budget.workers), MAX_TASK_BYTES);
}

/** What a stage's only task may take of a budget, bytes: the other workers are there, but have nothing to do. */
export function soleTaskLimit({ memoryMiB, workers }: Budget): number {
  const idle = PROCESS_RESERVE + workers * WORKER_RESERVE + GARBAGE_PER_WORKER;
  return Math.max(0, memoryMiB * 2 ** 20 - idle);
}

/** The memory of one worker in a stage, from what a task allocates, what is kept for the next, and what passes through. */
export function workerMemory(
  heap: number,
  buffers: number,
  cache: number,
  estimate: { readonly bytesRead: number; readonly bytesWritten: number },
): StageMemory {
  return {
    heap,
    buffers,
    cache,
    garbage: Math.min(GARBAGE_PER_WORKER, estimate.bytesRead + estimate.bytesWritten),
  };
}

/** Of the buffers that a stage gives back, the part that the allocator keeps: at most 0.06 was measured. */
const CARRIED = 0.1;
/** Of kernel memory, the part that V8 hasn't given back when the next stage is at work. */
const HEAP_LEFT = 0.1;
/** Of the buffers that nobody gives back, the part that idle workers haven't collected when the next stage is at work. */
const GARBAGE_LEFT = 0.75;

/**
 * Projected peak of the process tree while a stage runs, bytes; with fewer tasks than workers some of them idle. Without
 * worker threads (0) the process carries out one task after another itself.
 * `carried`: buffers that an earlier stage made the allocator keep, which this one uses again.
 */
export function projectedPeak(
  memory: StageMemory,
  workers: number,
  tasks: number = workers,
  carried = 0,
): number {
  const busy = busyOf(workers, tasks);
  const garbage = garbageOf(memory, workers, tasks);
  const buffers = Math.max(carried, busy * bufferBytesOf({ ...memory, garbage }));
  const runtime =
    PROCESS_RESERVE + (workers > 0 ? workers * WORKER_RESERVE : INLINE_RESERVE + leftByTasks(tasks));
  return runtime + (memory.beside ?? 0) + busy * memory.heap + buffers;
}

/** Of so many tasks that the process carries out itself, bytes. */
export function leftByTasks(tasks: number): number {
  return Math.min(MOST_LEFT_BY_TASKS, tasks * LEFT_BY_TASK);
}

/** Garbage of each busy worker where they carry out so many tasks, bytes: of threads with what their tasks leave. */
export function garbageOf({ garbage }: StageMemory, workers: number, tasks: number): number {
  if (workers === 0) return garbage;
  const left = (tasks / busyOf(workers, tasks)) * LEFT_BY_TASK;
  return Math.max(garbage, Math.min(GARBAGE_PER_WORKER, garbage + left));
}

/** The projected peak of every stage of a plan, bytes. Kernel memory is given back between stages, buffers in part. */
export function projectedPeaks(
  stages: readonly { readonly memory: StageMemory; readonly tasks: number }[],
  workers: number,
): number[] {
  let carried = 0;
  return stages.map(({ memory, tasks }) => {
    const peak = projectedPeak(memory, workers, tasks, carried);
    const usual = CARRIED * bufferBytesOf(memory) + GARBAGE_LEFT * memory.garbage + HEAP_LEFT * memory.heap;
    carried = Math.max(carried, busyOf(workers, tasks) * Math.max(usual, memory.left ?? 0));
    return peak;
  });
}

/** Tasks that run at once. */
function busyOf(workers: number, tasks: number): number {
  return Math.max(1, Math.min(workers, tasks));
}

function bufferBytesOf({ buffers, cache, garbage }: StageMemory): number {
  return buffers + cache + garbage;
}
