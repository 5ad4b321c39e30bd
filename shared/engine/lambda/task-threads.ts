import { Worker } from "node:worker_threads";
import { errorFromJson, LamellaError } from "../../errors.ts";
import { kernelModule } from "../../kernels/wasm/module.ts";
import { THREAD_LIMITS } from "../reclaim.ts";
import type { RunFolder } from "../run-folder.ts";
import type { TaskReport, TaskRunner } from "./task-report.ts";

export interface ThreadSetup {
  readonly module: WebAssembly.Module;
  readonly controlUri: string;
  readonly runId: string;
}

export interface TaskCall {
  readonly stage: number;
  readonly task: number;
}

export type TaskAnswer =
  | { readonly ok: true; readonly report: TaskReport }
  | {
      readonly ok: false;
      readonly error: { code: string; message: string; hint: string | null; details: unknown };
    };

/**
 * The threads of a function, one to a lane, so that its main thread can watch the clock while they compute. They are started when they
 * are first needed, and stay for the invocations after this one.
 */
export class TaskThreads implements TaskRunner {
  readonly #setup: ThreadSetup;
  readonly #lanes = new Map<number, Worker>();

  constructor(folder: RunFolder) {
    const controlUri = folder.store.uri.slice(0, -`/runs/${folder.runId}`.length);
    this.#setup = { module: kernelModule(), controlUri, runId: folder.runId };
  }

  /** Throws the task's own coded error, and WORKER_DIED where its thread ended. */
  async run(stage: number, task: number, lane: number): Promise<TaskReport> {
    const answer = await ask(this.#lanes.get(lane) ?? this.#start(lane), { stage, task });
    if (answer.ok) return answer.report;
    throw errorFromJson(answer.error);
  }

  async stop(): Promise<void> {
    // One after the other: V8 keeps books of compiled code for all threads, and isolates that end at once have broken them.
    for (const worker of [...this.#lanes.values()]) await worker.terminate();
  }

  #start(lane: number): Worker {
    // Sources run by type stripping; a function's package has the worker beside its handler.
    const file = import.meta.url.endsWith(".ts") ? "./task-worker.ts" : "./task-worker.mjs";
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#setup,
      resourceLimits: THREAD_LIMITS,
    });
    const drop = (): void => {
      if (this.#lanes.get(lane) === worker) this.#lanes.delete(lane);
    };
    this.#lanes.set(lane, worker);
    // One that failed is not asked again, also where it has not ended yet.
    worker.on("error", drop);
    worker.on("exit", drop);
    return worker;
  }
}

function ask(worker: Worker, call: TaskCall): Promise<TaskAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      action();
    };
    const died = (why: string): void =>
      settle(() =>
        reject(
          new LamellaError("WORKER_DIED", `a thread died in stage ${call.stage}, task ${call.task}: ${why}`, {
            hint: "A lower memory budget makes smaller tasks.",
            details: { stage: call.stage, task: call.task },
          }),
        ),
      );
    const onMessage = (answer: TaskAnswer): void => settle(() => resolve(answer));
    const onError = (error: Error): void => died(error.message);
    const onExit = (code: number): void => died(`it ended with ${code}`);
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    worker.postMessage(call);
  });
}
