import os from "node:os";

/** What the runtime itself takes, bytes: measured as the resident set of idle processes, rounded up. */
export const PROCESS_RESERVE = 110 * 2 ** 20;
export const WORKER_RESERVE = 56 * 2 ** 20;
/** Decoded chunks that each worker keeps for its next tasks, bytes. */
export const CACHE_PER_WORKER = 48 * 2 ** 20;

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

/** Kernel memory and buffers that one task may use under a budget, bytes. */
export function taskLimit(budget: Budget): number {
  const total =
    budget.memoryMiB * 2 ** 20 - PROCESS_RESERVE - budget.workers * (WORKER_RESERVE + CACHE_PER_WORKER);
  return Math.min(Math.floor(total / budget.workers), 4 * 2 ** 30 - 2 ** 24);
}

/** Projected peak of the process tree while a stage runs on `workers` workers, bytes: workers x task + cache + reserve. */
export function projectedPeak(
  task: { readonly heap: number; readonly buffers: number },
  workers: number,
): number {
  return PROCESS_RESERVE + workers * (WORKER_RESERVE + CACHE_PER_WORKER + task.heap + task.buffers);
}
