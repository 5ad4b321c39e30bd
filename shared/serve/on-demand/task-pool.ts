import { Worker } from "node:worker_threads";
import { errorFromJson, LamellaError } from "../../errors.ts";
import type { Objects, ServeAnswer, ServeCall, ServeWorkerSetup } from "./worker-protocol.ts";

export interface TaskCall {
  readonly stage: number;
  readonly task: number;
  /** Objects that it reads of what is never stored. */
  readonly given?: Objects;
  /** Before those that wait already: it is what others wait for. */
  readonly isUrgent?: boolean;
}

export interface TaskResult {
  readonly written: Objects;
  readonly bytesRead: number;
}

interface Waiting {
  readonly call: TaskCall;
  readonly signal: AbortSignal;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly worker: Worker;
  /** The task at work. */
  current: { readonly id: number; readonly waiting: Waiting } | undefined;
  /** What it did last, to give it what is near. */
  stage: number;
  task: number;
}

/** Worker threads that carry out single tasks, one each at a time. One that dies fails its task, and is replaced by the next. */
export class TaskPool {
  readonly #setup: ServeWorkerSetup;
  readonly #size: number;
  readonly #lanes: Lane[] = [];
  readonly #queue: Waiting[] = [];
  #ids = 0;
  #isClosed = false;

  constructor(setup: ServeWorkerSetup, size: number) {
    this.#setup = setup;
    this.#size = size;
  }

  /** Tasks that wait or are at work. */
  get size(): number {
    return this.#queue.length + this.#lanes.filter((lane) => lane.current).length;
  }

  /** Throws the task's own error, WORKER_DIED, CANCELLED; rejects with the signal's reason once that aborts. */
  run(call: TaskCall, signal: AbortSignal): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#isClosed) return reject(new LamellaError("CANCELLED", "the server has ended"));
      const waiting: Waiting = {
        call,
        signal,
        resolve: (result) => {
          signal.removeEventListener("abort", leave);
          resolve(result);
        },
        reject: (error) => {
          signal.removeEventListener("abort", leave);
          reject(error);
        },
      };
      const leave = (): void => this.#leave(waiting);
      signal.addEventListener("abort", leave, { once: true });
      if (call.isUrgent) this.#queue.unshift(waiting);
      else this.#queue.push(waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const gone = new LamellaError("CANCELLED", "the server has ended");
    for (const waiting of this.#queue.splice(0)) waiting.reject(gone);
    // One after the other: isolates that end at once have broken what V8 keeps for all of them.
    for (const lane of this.#lanes.splice(0)) {
      lane.current?.waiting.reject(gone);
      lane.current = undefined;
      await lane.worker.terminate();
    }
  }

  #leave(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
    const lane = this.#lanes.find((each) => each.current?.waiting === waiting);
    if (lane?.current) lane.worker.postMessage({ kind: "cancel", id: lane.current.id } satisfies ServeCall);
    waiting.reject(waiting.signal.reason);
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const lane = this.#freeLane(this.#queue[0]!.call);
      if (!lane) return;
      const waiting = this.#queue.shift()!;
      const { stage, task, given = [] } = waiting.call;
      lane.current = { id: this.#ids++, waiting };
      lane.stage = stage;
      lane.task = task;
      lane.worker.postMessage({ kind: "task", id: lane.current.id, stage, task, given } satisfies ServeCall);
    }
  }

  /** The free worker whose last task was nearest, whose cache may have what this one reads; or a new one. */
  #freeLane({ stage, task }: TaskCall): Lane | undefined {
    const distance = (lane: Lane) =>
      lane.stage === stage ? Math.abs(lane.task - task) : Number.MAX_SAFE_INTEGER;
    const free = this.#lanes.filter((lane) => !lane.current).sort((a, b) => distance(a) - distance(b));
    if (free[0] || this.#lanes.length >= this.#size) return free[0];
    const lane: Lane = { worker: this.#start(), current: undefined, stage: -1, task: -1 };
    this.#lanes.push(lane);
    lane.worker.on("message", (answer: ServeAnswer) => this.#answered(lane, answer));
    let why = "";
    lane.worker.on("error", (error: Error) => (why = error.message));
    lane.worker.on("exit", (code) => this.#died(lane, why || `it ended with ${code}`));
    return lane;
  }

  #start(): Worker {
    // Sources run by type stripping; what is published is bundled, with the worker beside it.
    const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./serve-worker.js";
    return new Worker(new URL(file, import.meta.url), { workerData: this.#setup, name: "lamella-serve" });
  }

  #answered(lane: Lane, answer: ServeAnswer): void {
    const { current } = lane;
    if (current?.id !== answer.id) return;
    lane.current = undefined;
    if (answer.ok) current.waiting.resolve(answer);
    else current.waiting.reject(errorFromJson(answer.error));
    this.#next();
  }

  #died(lane: Lane, why: string): void {
    const at = this.#lanes.indexOf(lane);
    if (at < 0) return;
    this.#lanes.splice(at, 1);
    lane.current?.waiting.reject(
      new LamellaError("WORKER_DIED", `a worker died: ${why}`, {
        hint: "If memory is short: fewer --workers, or smaller chunks.",
      }),
    );
    this.#next();
  }
}
