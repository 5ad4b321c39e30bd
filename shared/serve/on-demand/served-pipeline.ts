import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isLamellaError, LamellaError } from "../../errors.ts";
import { bundleOf } from "../../kernels/own/bundle.ts";
import { bundleKey } from "../../kernels/own/load.ts";
import { kernelModule } from "../../kernels/wasm/module.ts";
import { type Budget, defaultBudget, projectedPeaks, WHOLE_CHUNKS_PER_WORKER } from "../../plan/budget.ts";
import { compileServed, type ServedPlan } from "../../plan/compile-served.ts";
import type { OutputRequest } from "../../plan/outputs.ts";
import { FileStore } from "../../storage/file.ts";
import { ChunkFactory } from "./chunk-factory.ts";
import { TaskPool } from "./task-pool.ts";
import { type WholeProgress, WholeResults } from "./whole-results.ts";

export interface ServeOptions {
  /** Worker threads; default one a core, eight at most. */
  readonly workers?: number;
  /** Of the whole process tree; default half of the computer's. */
  readonly memoryMiB?: number;
  readonly onProgress?: (progress: WholeProgress) => void;
  /** Worker threads of a server that serves other pipelines too; ended by who made them. */
  readonly pool?: TaskPool;
}

/** Steps of a pipeline, served chunk by chunk. */
export interface ServedPipeline {
  readonly served: ServedPlan;
  readonly factory: ChunkFactory;
  /** Ends what is at work at once; resolves when what was stored on the way is removed. */
  close(): Promise<void>;
}

/** Encoded objects are kept in what tasks leave of the memory: at least so many MiB, at most this part of all, and never more than so many. */
const LEAST_CACHED_MIB = 16;
const CACHED_PART = 0.2;
const MOST_CACHED_MIB = 1024;

/**
 * Gets ready to serve images: compiles them within the memory that is left beside the cache of encoded objects, and starts worker
 * threads when the first chunk is asked for. Whole-array results go into a folder of their own among the temporary files.
 * Throws what `compileServed` does.
 */
export async function servePipeline(
  requests: readonly OutputRequest[],
  options: ServeOptions = {},
): Promise<ServedPipeline> {
  const usual = defaultBudget();
  const workers = options.workers ?? usual.workers;
  const memoryMiB = options.memoryMiB ?? usual.memoryMiB;
  const served = await compileWithin(requests, { workers, memoryMiB });
  const peakMiB = Math.max(0, ...projectedPeaks(served.plan.stages, workers)) / 2 ** 20;
  const most = Math.min(MOST_CACHED_MIB, CACHED_PART * memoryMiB);
  const cacheBytes = Math.max(LEAST_CACHED_MIB, Math.min(most, memoryMiB - peakMiB)) * 2 ** 20;
  const folder = await mkdtemp(path.join(os.tmpdir(), "lamella-serve-"));
  const store = new FileStore(folder);
  for (const sha256 of Object.keys(served.plan.kernels))
    await store.put(bundleKey(sha256), bundleOf(sha256)!.code);
  const pool = options.pool ?? newTaskPool(workers);
  const tasks = pool.open({ plan: served.plan, folder: store.uri, cacheBytes: WHOLE_CHUNKS_PER_WORKER });
  const whole = new WholeResults(served.plan, tasks, {
    lanes: workers,
    onProgress: options.onProgress ?? (() => {}),
  });
  return {
    served,
    factory: new ChunkFactory(served, tasks, whole, cacheBytes),
    async close() {
      const ended = tasks.close();
      if (!options.pool) await pool.close();
      // A task that is given up may still write where it was.
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Compiles within what is left beside the smallest cache. Throws OVER_MEMORY, saying what would do with the cache. */
async function compileWithin(requests: readonly OutputRequest[], budget: Budget): Promise<ServedPlan> {
  try {
    return await compileServed(requests, {
      budget: { ...budget, memoryMiB: budget.memoryMiB - LEAST_CACHED_MIB },
    });
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "OVER_MEMORY") throw error;
    const { neededMiB, oneWorkerMiB } = error.details;
    if (typeof neededMiB !== "number" || typeof oneWorkerMiB !== "number") throw error;
    const [all, one] = [neededMiB + LEAST_CACHED_MIB, oneWorkerMiB + LEAST_CACHED_MIB];
    throw new LamellaError(
      "OVER_MEMORY",
      `serving takes ${all} MiB with ${budget.workers} worker${budget.workers === 1 ? "" : "s"}, over the budget of ${budget.memoryMiB} MiB`,
      {
        hint: `Give --memory ${all}${one < all ? `, or --workers 1 --memory ${one}` : ""}; smaller chunks take less.`,
        details: { ...error.details, budgetMiB: budget.memoryMiB, neededMiB: all, oneWorkerMiB: one },
        cause: error,
      },
    );
  }
}

/** Worker threads for one server. */
export function newTaskPool(workers: number = defaultBudget().workers): TaskPool {
  return new TaskPool({ module: kernelModule() }, workers);
}
