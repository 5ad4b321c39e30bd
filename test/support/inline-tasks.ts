import { runMeasuredTask } from "../../shared/engine/lambda/measured-task.ts";
import type { TaskReport, TaskRunner } from "../../shared/engine/lambda/task-report.ts";
import type { RunFolder } from "../../shared/engine/run-folder.ts";
import { WorkerSession } from "../../shared/engine/session.ts";

/** Carries tasks out in the test's own thread, for stores that no other thread sees. */
export class InlineTasks implements TaskRunner {
  readonly #folder: RunFolder;
  #session: Promise<WorkerSession> | undefined;

  constructor(folder: RunFolder) {
    this.#folder = folder;
  }

  async run(stage: number, task: number): Promise<TaskReport> {
    this.#session ??= this.#folder.plan().then((plan) => new WorkerSession(plan, this.#folder.store));
    return runMeasuredTask(await this.#session, this.#folder, stage, task);
  }

  async stop(): Promise<void> {}
}
