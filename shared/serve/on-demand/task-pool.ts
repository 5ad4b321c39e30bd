import { Worker } from "node:worker_threads";
import { THREAD_LIMITS } from "../../engine/reclaim.ts";
import { threadEnvironment } from "../../engine/thread-environment.ts";
import { errorFromJson, LamellaError } from "../../errors.ts";
import type { Objects, OpenedPlan, ServeAnswer, ServeCall, ServeWorkerSetup } from "./worker-protocol.ts";

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

/** Tasks of one plan. */
export interface PlanTasks {
  /** Throws the task's own error, WORKER_DIED, CANCELLED; rejects with the signal's reason once that aborts. */
  run(call: TaskCall, signal: AbortSignal): Promise<TaskResult>;
  /** Ends those that wait or are at work; workers forget the plan. Resolves when none of them writes any more. */
  close(): Promise<void>;
}

interface Waiting {
  readonly plan: number;
  readonly call: TaskCall;
  readonly signal: AbortSignal;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly worker: Worker;
  /** The task at work; `ended` once the worker has left it, which may be later than whoever waits for it. */
  current:
    | { readonly id: number; readonly waiting: Waiting; readonly ended: PromiseWithResolvers<void> }
    | undefined;
  /** The plans that it knows. */
  readonly plans: Set<number>;
  /** What it did last, to give it what is near. */
  plan: number;
  stage: number;
  task: number;
}

/** Worker threads that carry out single tasks of plans, one each at a time. One that dies fails its task, and is replaced by the next. */
export class TaskPool {
  readonly #setup: ServeWorkerSetup;
  readonly #size: number;
  readonly #lanes: Lane[] = [];
  readonly #queue: Waiting[] = [];
  readonly #plans = new Map<number, OpenedPlan>();
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

  /** Takes on a plan; the first worker starts at once, so that it is there when its first task comes. */
  open(opened: OpenedPlan): PlanTasks {
    const plan = this.#ids++;
    this.#plans.set(plan, opened);
    if (this.#lanes.length === 0 && !this.#isClosed) this.#addLane();
    return {
      run: (call, signal) => this.#run(plan, call, signal),
      close: () => this.#forget(plan),
    };
  }

  #run(plan: number, call: TaskCall, signal: AbortSignal): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (!this.#plans.has(plan))
        return reject(new LamellaError("CANCELLED", "nothing of this is served any more"));
      const waiting: Waiting = {
        plan,
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
    for (const plan of [...this.#plans.keys()]) void this.#forget(plan);
    // One after the other: isolates that end at once have broken what V8 keeps for all of them.
    for (const lane of this.#lanes.splice(0)) {
      await lane.worker.terminate();
      lane.current?.ended.resolve();
    }
  }

  async #forget(plan: number): Promise<void> {
    if (!this.#plans.delete(plan)) return;
    const ended: Promise<void>[] = [];
    const gone = new LamellaError("CANCELLED", "nothing of this is served any more");
    for (const waiting of this.#queue.filter((each) => each.plan === plan)) {
      this.#queue.splice(this.#queue.indexOf(waiting), 1);
      waiting.reject(gone);
    }
    for (const lane of this.#lanes) {
      if (lane.current?.waiting.plan === plan) {
        tell(lane, { kind: "cancel", id: lane.current.id });
        lane.current.waiting.reject(gone);
        ended.push(lane.current.ended.promise);
      }
      if (lane.plans.delete(plan)) tell(lane, { kind: "forget", plan });
    }
    await Promise.all(ended);
  }

  #leave(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
    const lane = this.#lanes.find((each) => each.current?.waiting === waiting);
    if (lane?.current) tell(lane, { kind: "cancel", id: lane.current.id });
    waiting.reject(waiting.signal.reason);
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const lane = this.#freeLane(this.#queue[0]!);
      if (!lane) return;
      const waiting = this.#queue.shift()!;
      const { plan } = waiting;
      const { stage, task, given = [] } = waiting.call;
      if (!lane.plans.has(plan)) {
        lane.plans.add(plan);
        tell(lane, { kind: "open", plan, opened: this.#plans.get(plan)! });
      }
      lane.current = { id: this.#ids++, waiting, ended: Promise.withResolvers<void>() };
      Object.assign(lane, { plan, stage, task });
      tell(lane, { kind: "task", id: lane.current.id, plan, stage, task, given });
    }
  }

  /** The free worker whose last task was nearest, whose cache may have what this one reads; or a new one. */
  #freeLane({ plan, call: { stage, task } }: Waiting): Lane | undefined {
    const distance = (lane: Lane) =>
      lane.plan === plan && lane.stage === stage ? Math.abs(lane.task - task) : Number.MAX_SAFE_INTEGER;
    const free = this.#lanes.filter((lane) => !lane.current).sort((a, b) => distance(a) - distance(b));
    return free[0] ?? (this.#lanes.length < this.#size ? this.#addLane() : undefined);
  }

  #addLane(): Lane {
    const lane: Lane = {
      worker: this.#start(),
      current: undefined,
      plans: new Set(),
      plan: -1,
      stage: -1,
      task: -1,
    };
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
    return new Worker(new URL(file, import.meta.url), {
      resourceLimits: THREAD_LIMITS,
      workerData: this.#setup,
      env: threadEnvironment(),
      name: "lamella-serve",
    });
  }

  #answered(lane: Lane, answer: ServeAnswer): void {
    const { current } = lane;
    if (current?.id !== answer.id) return;
    lane.current = undefined;
    current.ended.resolve();
    if (answer.ok) current.waiting.resolve(answer);
    else current.waiting.reject(errorFromJson(answer.error));
    this.#next();
  }

  #died(lane: Lane, why: string): void {
    const at = this.#lanes.indexOf(lane);
    if (at < 0) return;
    this.#lanes.splice(at, 1);
    lane.current?.ended.resolve();
    lane.current?.waiting.reject(
      new LamellaError("WORKER_DIED", `a worker died: ${why}`, {
        hint: "If memory is short: fewer --workers, or smaller chunks.",
      }),
    );
    this.#next();
  }
}

function tell(lane: Lane, call: ServeCall): void {
  lane.worker.postMessage(call);
}
