import type { TaskOutcome } from "../outcome.ts";
import type { BatchTiming } from "../timing.ts";

/** One task, done: what it owns, and what it took. */
export interface TaskReport {
  readonly outcome: TaskOutcome;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly peakHeap: number;
  readonly timing: BatchTiming;
}

/** Carries single tasks out, as many at once as it was made for. */
export interface TaskRunner {
  /** Lanes count from 0, and do one task each at a time; a lane's tasks find the chunks that those before them decoded. */
  run(stage: number, task: number, lane: number): Promise<TaskReport>;
  /** Ends what is at work now; objects are written whole or not at all. */
  stop(): Promise<void>;
}
