import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { bundleOf } from "../../kernels/own/bundle.ts";
import { bundleKey } from "../../kernels/own/load.ts";
import { kernelModule } from "../../kernels/wasm/module.ts";
import { defaultBudget, WHOLE_CHUNKS_PER_WORKER } from "../../plan/budget.ts";
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
  /** Ends what is at work, and removes what was stored on the way. */
  close(): Promise<void>;
}

/** The part of the memory that encoded objects are kept in, and its bounds in bytes. */
const CACHED_PART = 0.2;
const LEAST_CACHED = 16 * 2 ** 20;
const MOST_CACHED = 2 ** 30;

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
  const cacheBytes = Math.min(MOST_CACHED, Math.max(LEAST_CACHED, CACHED_PART * memoryMiB * 2 ** 20));
  const budget = { workers, memoryMiB: Math.floor(memoryMiB - cacheBytes / 2 ** 20) };
  const served = await compileServed(requests, { budget });
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
      tasks.close();
      if (!options.pool) await pool.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Worker threads for one server. */
export function newTaskPool(workers: number = defaultBudget().workers): TaskPool {
  return new TaskPool({ module: kernelModule() }, workers);
}
