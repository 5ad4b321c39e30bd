import { isLamellaError } from "../../errors.ts";
import type { Plan } from "../../plan/schema.ts";
import { SharedWork } from "./shared-work.ts";
import type { PlanTasks } from "./task-pool.ts";

/** How far a whole-array result is. */
export interface WholeProgress {
  /** Of the plan. */
  readonly stage: number;
  /** The stage's name: the step that it is for. */
  readonly step: string;
  readonly done: number;
  readonly tasks: number;
}

/** Told at most so often, ms. */
const INTERVAL = 200;

/**
 * Stages that are carried out from end to end, once each, when something that comes from them is asked for first. Cancelled when
 * nobody waits any more: what is done by then stays. One that failed for reasons of its own isn't tried again.
 */
export class WholeResults {
  readonly #plan: Plan;
  readonly #tasks: PlanTasks;
  readonly #lanes: number;
  readonly #onProgress: (progress: WholeProgress) => void;
  readonly #work = new SharedWork<void>();
  readonly #left = new Map<number, Set<number>>();
  readonly #failed = new Map<number, unknown>();

  constructor(
    plan: Plan,
    tasks: PlanTasks,
    options: { readonly lanes: number; readonly onProgress: (progress: WholeProgress) => void },
  ) {
    this.#plan = plan;
    this.#tasks = tasks;
    this.#lanes = options.lanes;
    this.#onProgress = options.onProgress;
  }

  /** Carries out what is left of these stages, in order. Throws the errors of tasks. */
  async require(stages: readonly number[], signal: AbortSignal): Promise<void> {
    for (const stage of stages) {
      if (this.#left.get(stage)?.size === 0) continue;
      if (this.#failed.has(stage)) throw this.#failed.get(stage);
      await this.#work.join(String(stage), signal, (shared) => this.#carryOut(stage, shared));
    }
  }

  async #carryOut(index: number, signal: AbortSignal): Promise<void> {
    const { tasks, name: step } = this.#plan.stages[index]!;
    const left = this.#left.get(index) ?? new Set(Array.from({ length: tasks }, (_, task) => task));
    this.#left.set(index, left);
    let told = Number.NEGATIVE_INFINITY;
    const tell = (): void => {
      if (left.size > 0 && performance.now() - told < INTERVAL) return;
      told = performance.now();
      this.#onProgress({ stage: index, step, done: tasks - left.size, tasks });
    };
    tell();
    const next = left.values();
    let hasFailed = false;
    const lane = async (): Promise<void> => {
      for (let { value: task, done } = next.next(); !done; { value: task, done } = next.next()) {
        if (hasFailed) return;
        await this.#tasks.run({ stage: index, task: task! }, signal).catch((error: unknown) => {
          hasFailed = true;
          throw error;
        });
        left.delete(task!);
        tell();
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(this.#lanes, left.size) }, lane));
    } catch (error) {
      if (!signal.aborted && isLamellaError(error) && error.code !== "CANCELLED")
        this.#failed.set(index, error);
      throw error;
    }
  }
}
