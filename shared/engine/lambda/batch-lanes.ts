import { LamellaError } from "../../errors.ts";
import { Shares } from "../local/shares.ts";
import type { BatchEvent } from "../protocol.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Deadline } from "./deadline.ts";
import type { TaskRunner } from "./task-report.ts";

/** Milliseconds between two checkpoints: what a function that dies loses at most, besides the tasks at work. */
export const CHECKPOINT_MS = 30_000;
/** Milliseconds between two looks at the cancel marker. */
const LOOK_MS = 1000;

/** A batch in a function, and what its lanes need. */
export interface BatchWork {
  readonly event: BatchEvent;
  readonly checkpoint: Checkpoint;
  readonly runner: TaskRunner;
  readonly deadline: Deadline;
  /** Writes the checkpoint. */
  keep(): Promise<void>;
  /** Throws CANCELLED where the run was. */
  look(): Promise<void>;
}

/** The tasks of a batch that are not done yet on their way through the threads: a contiguous share each, for near tasks read the same chunks. */
export class BatchLanes {
  readonly #work: BatchWork;
  readonly #shares: Shares<number>;
  readonly #count: number;
  /** After a death each task that begins is marked, so that the one that kills its function is known. */
  readonly #isMarking: boolean;
  /** The first tasks of the lanes, as long as they are at work: they have had all the time that there is. */
  readonly #first = new Set<number>();
  #longestMs = 0;
  /** No lane begins another task. */
  #stopped = false;
  /** Nothing that still comes counts. */
  #late = false;
  #keptAt = Date.now();
  #lookedAt = Date.now();

  constructor(work: BatchWork) {
    this.#work = work;
    const { event, checkpoint } = work;
    const { start, end, threads = 1, lost = "" } = event;
    const left = Array.from({ length: end - start }, (_, i) => start + i).filter(
      (task) => !checkpoint.isDone(task),
    );
    this.#count = Math.min(threads, left.length);
    this.#shares = new Shares(left, this.#count);
    this.#isMarking = lost !== "" && end - start > 1;
  }

  /** Returns when all tasks are done, or time is up and some are. */
  async run(): Promise<void> {
    const lanes = Array.from({ length: this.#count }, (_, lane) => this.#lane(lane));
    const { deadline, runner } = this.#work;
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), Math.max(0, deadline.leftMs));
    });
    // Every lane is waited for, also where one fails: a function that answers is frozen with whatever it still does.
    const settled = Promise.allSettled(lanes);
    const ended = await Promise.race([settled, timeIsUp]);
    clearTimeout(timer);
    this.#stopped = true;
    if (ended === "late") {
      this.#late = true;
      await runner.stop();
      this.#work.checkpoint.atWork.clear();
      const [stuck] = this.#first;
      if (stuck !== undefined && !deadline.isChilds) throw this.#outOfTime(stuck);
      return;
    }
    const failed = ended.find((lane) => lane.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #lane(lane: number): Promise<void> {
    const { checkpoint, runner, event, deadline } = this.#work;
    // The first task always: without it there would be no progress.
    for (let first = true; !this.#stopped && (first || deadline.allows(this.#longestMs)); first = false) {
      const task = this.#shares.next(lane);
      if (task === undefined) break;
      const began = Date.now();
      try {
        await this.#look();
        if (first) this.#first.add(task);
        checkpoint.atWork.add(task);
        await this.#mark();
        const report = await runner.run(event.stage, task, lane);
        if (this.#late) return;
        this.#longestMs = Math.max(this.#longestMs, Date.now() - began);
        this.#first.delete(task);
        checkpoint.add(task, report);
      } catch (error) {
        this.#stopped = true;
        throw error;
      }
      await this.#keepNowAndThen();
    }
    if (!this.#late) await this.#mark();
  }

  async #look(): Promise<void> {
    if (Date.now() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = Date.now();
    await this.#work.look();
  }

  async #mark(): Promise<void> {
    if (this.#isMarking) await this.#keep();
  }

  async #keepNowAndThen(): Promise<void> {
    const { event, checkpoint } = this.#work;
    if (Date.now() - this.#keptAt < CHECKPOINT_MS || checkpoint.count === event.end - event.start) return;
    await this.#keep();
  }

  /** What it saves is time: where it can't be written, the batch goes on. */
  async #keep(): Promise<void> {
    this.#keptAt = Date.now();
    await this.#work.keep().catch(() => {});
  }

  #outOfTime(task: number): LamellaError {
    const { stage } = this.#work.event;
    return new LamellaError(
      "OUT_OF_TIME",
      `stage ${stage}, task ${task}: it takes longer than a function may`,
      {
        hint: "Smaller output chunks, or a lower memory budget, make smaller tasks.",
        details: { stage, task },
      },
    );
  }
}
