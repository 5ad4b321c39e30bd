import { isLamellaError, LamellaError } from "../../errors.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { atWork, cancelled } from "../aws/at-work.ts";
import type { BatchEvent, BatchResult } from "../protocol.ts";
import { writeReceipt } from "../receipts.ts";
import { RunFolder } from "../run-folder.ts";
import { effortOf } from "../timing.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { Deadline } from "./deadline.ts";
import { escalationsOf } from "./escalations.ts";
import type { TaskReport, TaskRunner } from "./task-report.ts";
import { warmRun } from "./warm.ts";

/** What the function that a batch runs in says of itself. */
export interface FunctionContext {
  /** Milliseconds until it is ended. */
  remainingMs(): number;
  readonly tierMB: number;
  /** Who carries tasks out; default: the function's own threads. */
  readonly runner?: TaskRunner;
}

/** Milliseconds between two checkpoints: what a function that dies loses at most, besides the tasks at work. */
const CHECKPOINT_MS = 30_000;
/** Milliseconds between two looks at the cancel marker. */
const LOOK_MS = 1000;

/**
 * Runs a batch in a function: its tasks in order, on as many threads as the event says, and one receipt for all of them. Where
 * time runs out it hands back what is left, so that it never dies of its timeout while it makes progress; a task that takes
 * longer than a function may is OUT_OF_TIME. Errors name the stage and the task.
 */
export function runBatch(
  control: ObjectStore,
  event: BatchEvent,
  context: FunctionContext,
): Promise<BatchResult> {
  const folder = new RunFolder(control, event.runId);
  return atWork(folder, `${event.stage}-${event.batch}`, context.remainingMs(), () =>
    runTasksOf(folder, event, context),
  );
}

async function runTasksOf(
  folder: RunFolder,
  event: BatchEvent,
  context: FunctionContext,
): Promise<BatchResult> {
  const { planHash, threads } = await warmRun(folder);
  const began = Date.now();
  const deadline = new Deadline(() => context.remainingMs(), event.child);
  const checkpoint = await readCheckpoint(folder, planHash, event);
  const from = checkpoint.next;
  const before = { ...checkpoint };
  const keep = (): Promise<void> => {
    checkpoint.seconds = before.seconds + (Date.now() - began) / 1000;
    return writeCheckpoint(folder, planHash, event, checkpoint);
  };
  try {
    const look = () => folder.isCancelled();
    await new Batch(event, checkpoint, context.runner ?? threads, deadline, keep, look).run();
  } catch (error) {
    if (checkpoint.next > from && !isCoded(error, "CANCELLED")) await keep().catch(() => {});
    throw error;
  }
  checkpoint.seconds = before.seconds + (Date.now() - began) / 1000;
  const outcome = outcomeOf(event, checkpoint, deadline);
  if (outcome === "again") await keep();
  else if (checkpoint.next > event.start) {
    const escalations = escalationsOf(event.lost);
    await writeReceipt(folder, {
      ...checkpoint.receipt(planHash, event),
      tierMB: context.tierMB,
      ...(escalations.length > 0 ? { escalations } : {}),
    });
  }
  return {
    stage: event.stage,
    batch: event.batch,
    tasks: checkpoint.next - from,
    bytesRead: checkpoint.bytesRead - before.bytesRead,
    bytesWritten: checkpoint.bytesWritten - before.bytesWritten,
    seconds: checkpoint.seconds - before.seconds,
    ...(checkpoint.timing ? { effort: effortOf(checkpoint.timing) } : {}),
    outcome,
  };
}

function outcomeOf(event: BatchEvent, { next }: Checkpoint, deadline: Deadline): "done" | "again" | "later" {
  if (next >= event.end) return "done";
  return deadline.childGoesOn ? "again" : "later";
}

function isCoded(error: unknown, code: string): boolean {
  return isLamellaError(error) && error.code === code;
}

/** The tasks of a batch on their way through the threads. What is done is counted in order, without gaps. */
class Batch {
  readonly #event: BatchEvent;
  readonly #checkpoint: Checkpoint;
  readonly #runner: TaskRunner;
  readonly #deadline: Deadline;
  readonly #keep: () => Promise<void>;
  readonly #waiting = new Map<number, TaskReport>();
  readonly #from: number;
  #next: number;
  #longestMs = 0;
  /** No lane begins another task. */
  #stopped = false;
  /** Nothing that still comes counts. */
  #late = false;
  #keptAt = Date.now();
  #lookedAt = Date.now();
  readonly #isCancelled: () => Promise<boolean>;

  constructor(
    event: BatchEvent,
    checkpoint: Checkpoint,
    runner: TaskRunner,
    deadline: Deadline,
    keep: () => Promise<void>,
    isCancelled: () => Promise<boolean>,
  ) {
    this.#isCancelled = isCancelled;
    this.#event = event;
    this.#checkpoint = checkpoint;
    this.#runner = runner;
    this.#deadline = deadline;
    this.#keep = keep;
    this.#from = checkpoint.next;
    this.#next = checkpoint.next;
  }

  /** Returns when all tasks are done, or time is up and some are. */
  async run(): Promise<void> {
    const lanes = Array.from({ length: this.#event.threads ?? 1 }, () => this.#lane());
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), Math.max(0, this.#deadline.leftMs));
    });
    // Every lane is waited for, also where one fails: a function that answers is frozen with whatever it still does.
    const settled = Promise.allSettled(lanes);
    const ended = await Promise.race([settled, timeIsUp]);
    clearTimeout(timer);
    this.#stopped = true;
    if (ended === "late") {
      this.#late = true;
      await this.#runner.stop();
      if (this.#checkpoint.next === this.#from && !this.#deadline.isChilds) throw this.#outOfTime();
      return;
    }
    const failed = ended.find((lane) => lane.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #lane(): Promise<void> {
    const { stage, end } = this.#event;
    while (!this.#stopped && this.#next < end && this.#mayBegin()) {
      const task = this.#next++;
      const began = Date.now();
      try {
        await this.#look();
        const report = await this.#runner.run(stage, task);
        if (this.#late) return;
        this.#longestMs = Math.max(this.#longestMs, Date.now() - began);
        this.#waiting.set(task, report);
      } catch (error) {
        this.#stopped = true;
        throw error;
      }
      await this.#count();
    }
  }

  /** Throws CANCELLED soon after the run was: `lamella cancel` waits for this. */
  async #look(): Promise<void> {
    if (Date.now() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = Date.now();
    if (await this.#isCancelled()) throw cancelled(this.#event.runId);
  }

  /** The first tasks always: without them there would be no progress. */
  #mayBegin(): boolean {
    return this.#next - this.#from < (this.#event.threads ?? 1) || this.#deadline.allows(this.#longestMs);
  }

  async #count(): Promise<void> {
    const checkpoint = this.#checkpoint;
    for (;;) {
      const report = this.#waiting.get(checkpoint.next);
      if (!report) break;
      this.#waiting.delete(checkpoint.next);
      checkpoint.add(report);
    }
    if (Date.now() - this.#keptAt < CHECKPOINT_MS || checkpoint.next >= this.#event.end) return;
    this.#keptAt = Date.now();
    // What it saves is time: where it can't be written, the batch goes on.
    await this.#keep().catch(() => {});
  }

  #outOfTime(): LamellaError {
    const { stage } = this.#event;
    return new LamellaError(
      "OUT_OF_TIME",
      `stage ${stage}, task ${this.#from}: it takes longer than a function may`,
      {
        hint: "Smaller output chunks, or a lower memory budget, make smaller tasks.",
        details: { stage, task: this.#from },
      },
    );
  }
}
