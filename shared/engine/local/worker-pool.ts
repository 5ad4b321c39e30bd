import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { newSharedChunks, type SharedChunksMemory } from "../../block/shared-chunks.ts";
import { errorFromJson, LamellaError } from "../../errors.ts";
import { kernelModule } from "../../kernels/wasm/module.ts";
import type { Plan } from "../../plan/schema.ts";
import { sharedCache } from "../../plan/shared-cache.ts";
import { noteFailedBatch } from "../failed-batches.ts";
import type { BatchItem, BatchResult } from "../protocol.ts";
import { reclaim, THREAD_LIMITS } from "../reclaim.ts";
import type { RunFolder } from "../run-folder.ts";
import { threadEnvironment } from "../thread-environment.ts";
import type { BatchRunner } from "./engine.ts";

export interface WorkerSetup {
  readonly module: WebAssembly.Module;
  readonly controlUri: string;
  readonly runId: string;
  /** Checked: threads have no schemas. */
  readonly plan: Plan;
}

/** Without an item: only get ready for the stage. */
export interface WorkerCall {
  readonly stage: number;
  readonly item?: BatchItem;
  /** What the workers share in that stage. */
  readonly shared?: SharedChunksMemory | undefined;
  /** The stage's tasks before this one have ended. */
  readonly done?: number;
}

export type WorkerAnswer =
  | { readonly ok: true; readonly result: BatchResult | undefined }
  | {
      readonly ok: false;
      readonly error: { code: string; message: string; hint: string | null; details: unknown };
    };

interface Lane {
  worker: Worker;
  busy: boolean;
}

/** A worker that dies takes its batch with it: once more, then the run fails. */
const TRIES = 2;
/** How long running tasks may go on after an interruption; objects are written whole or not at all, so none is lost by ending them. */
const GRACE_MS = 1_000;

function ignoreDeath(error: unknown): undefined {
  if (error instanceof LamellaError && error.code === "WORKER_DIED") return undefined;
  throw error;
}

/** Worker threads, each with a session of its own; started when the first batch needs them. */
export class WorkerPool implements BatchRunner {
  readonly #folder: RunFolder;
  readonly #plan: Plan;
  readonly #setup: WorkerSetup;
  readonly #size: number;
  readonly #lanes: Lane[] = [];
  readonly #atWork = new Set<BatchItem>();
  #closed = false;
  #shared: SharedChunksMemory | undefined;
  onRetry?: NonNullable<BatchRunner["onRetry"]>;

  constructor(folder: RunFolder, plan: Plan, size: number, signal?: AbortSignal) {
    signal?.addEventListener("abort", () => setTimeout(() => void this.close(), GRACE_MS).unref(), {
      once: true,
    });
    this.#folder = folder;
    this.#plan = plan;
    this.#size = size;
    const controlUri = folder.store.uri.slice(0, -`/runs/${folder.runId}`.length);
    this.#setup = { module: kernelModule(), controlUri, runId: folder.runId, plan };
  }

  async run(stage: number, item: BatchItem): Promise<BatchResult> {
    this.#atWork.add(item);
    try {
      return await this.#runOn(stage, item);
    } finally {
      this.#atWork.delete(item);
    }
  }

  async #runOn(stage: number, item: BatchItem): Promise<BatchResult> {
    for (let attempt = 1; ; attempt++) {
      const lane = this.#take();
      // Where chunks are shared, batches begin in order.
      const done = Math.min(...[...this.#atWork].map(({ start }) => start));
      try {
        return (await this.#ask(lane, { stage, item, shared: this.#shared, done }))!;
      } catch (error) {
        const died = error instanceof LamellaError && error.code === "WORKER_DIED";
        if (!died || attempt >= TRIES || this.#closed) throw error;
        await noteFailedBatch(this.#folder, stage, item, error, attempt);
        this.onRetry?.(stage, item, error, attempt);
      } finally {
        lane.busy = false;
      }
    }
  }

  async enterStage(stage: number): Promise<boolean> {
    const hadShared = this.#shared !== undefined;
    this.#shared = undefined;
    // A worker that dies now is replaced when the next batch needs one.
    // This thread holds no chunks of its own, and to look through what planning left would take as long as starting another one.
    await Promise.all(this.#lanes.slice().map((lane) => this.#ask(lane, { stage }).catch(ignoreDeath)));
    if (hadShared) await this.#letSharedGo();
    const size = sharedCache(this.#plan, stage, this.#size);
    this.#shared = size && newSharedChunks(size);
    return size !== undefined;
  }

  /**
   * The slots of the stage before are this thread's garbage too. V8 gives back what a collection found in a thread of its own,
   * which a busy computer lets wait; another collection waits for it.
   */
  async #letSharedGo(): Promise<void> {
    reclaim();
    await delay(5);
    reclaim();
  }

  /** Lets running tasks go: objects are written whole or not at all. */
  async close(): Promise<void> {
    this.#closed = true;
    // One after the other: V8 keeps books of compiled code for all threads, and isolates that end at once have broken them.
    for (const { worker } of this.#lanes.slice()) await worker.terminate();
  }

  #take(): Lane {
    const free = this.#lanes.find((lane) => !lane.busy);
    if (free) {
      free.busy = true;
      return free;
    }
    if (this.#lanes.length >= this.#size)
      throw new LamellaError("INTERNAL", "more batches at once than workers");
    const lane = { worker: this.#start(), busy: true };
    // One that dies between batches answers nobody: it must not be asked.
    lane.worker.on("error", () => {});
    lane.worker.on("exit", () => this.#drop(lane));
    this.#lanes.push(lane);
    return lane;
  }

  #drop(lane: Lane): void {
    const at = this.#lanes.indexOf(lane);
    if (at >= 0) this.#lanes.splice(at, 1);
  }

  #start(): Worker {
    // Sources run by type stripping; what is published is bundled, with the worker beside it.
    const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
    return new Worker(new URL(file, import.meta.url), {
      workerData: this.#setup,
      env: threadEnvironment(),
      name: `lamella-${this.#folder.runId}`,
      resourceLimits: THREAD_LIMITS,
    });
  }

  #ask(lane: Lane, call: WorkerCall): Promise<BatchResult | undefined> {
    return new Promise((resolve, reject) => {
      const { worker } = lane;
      const settle = (action: () => void): void => {
        worker.off("message", onMessage);
        worker.off("error", onError);
        worker.off("exit", onExit);
        action();
      };
      const replace = (why: string): void => {
        this.#drop(lane);
        settle(() =>
          reject(
            new LamellaError(
              "WORKER_DIED",
              `a worker died in stage ${call.stage}${call.item ? `, tasks ${call.item.start} to ${call.item.end - 1}` : ""}: ${why}`,
              {
                hint: "If memory is short: fewer --workers, or a smaller --memory so that tasks get smaller.",
                details: { stage: call.stage, task: call.item?.start ?? null },
              },
            ),
          ),
        );
      };
      const onMessage = (answer: WorkerAnswer): void =>
        settle(() => (answer.ok ? resolve(answer.result) : reject(errorFromJson(answer.error))));
      const onError = (error: Error): void => replace(error.message);
      const onExit = (code: number): void => replace(`it ended with ${code}`);
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.on("exit", onExit);
      worker.postMessage(call);
    });
  }
}
