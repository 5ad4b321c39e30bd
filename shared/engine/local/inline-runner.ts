import { LamellaError } from "../../errors.ts";
import type { Plan } from "../../plan/schema.ts";
import { runTasks } from "../batch.ts";
import type { BatchItem, BatchResult } from "../protocol.ts";
import type { RunFolder } from "../run-folder.ts";
import { WorkerSession } from "../session.ts";
import type { BatchRunner } from "./engine.ts";

/** Runs batches in this thread, one at a time: for small plans, and for stores that only this process sees. */
export class InlineRunner implements BatchRunner {
  readonly #folder: RunFolder;
  readonly #session: WorkerSession;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(folder: RunFolder, plan: Plan, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#session = new WorkerSession(plan, folder.store, { signal });
  }

  run(stage: number, item: BatchItem): Promise<BatchResult> {
    const next = this.#last.then(() => {
      if (this.#closed) throw new LamellaError("CANCELLED", `run ${this.#folder.runId} has ended`);
      return runTasks(this.#session, this.#folder, stage, item);
    });
    this.#last = next.catch(() => {});
    return next;
  }

  async enterStage(stage: number): Promise<boolean> {
    await this.#session.releaseFor(stage);
    return false;
  }

  /** Waits for the batch at work. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}
