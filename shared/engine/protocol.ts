/**
 * What engines, the state machine and the functions say to each other. Payloads carry keys, never data, and stay
 * far below 256 KiB. The folder of a run (on S3: `s3://<control bucket>/runs/<run id>/`) holds the rest:
 * `plan.json`, `manifest/<stage>.json`, `receipts/<stage>/<batch>.json`, `state.json`, `cancel`, `failure.json`.
 */

import type { BatchEffort } from "./timing.ts";

export type { RunOptions, RunRequest } from "../pipeline/run-request.ts";

/** Which function carries a stage's batches: a tree reduction and a pyramid have their own. */
export type StageFunction = "run-tasks" | "reduce" | "pyramid";

/** One turn of the state machine's stage loop. Returned by `plan` and by `finalize` with action "check". */
export interface StageTurn {
  readonly runId: string;
  /** True when every stage is done: go on to finalize. The other fields are then absent. */
  readonly done: boolean;
  readonly stage?: number;
  readonly name?: string;
  readonly kind?: string;
  readonly function?: StageFunction;
  /** Key in the control bucket of a JSON array of `BatchItem`. */
  readonly manifestKey?: string;
  readonly batches?: number;
  readonly maxConcurrency?: number;
  readonly childType?: "STANDARD" | "EXPRESS";
  /** Memory of the functions that the planner chose for the stage. */
  readonly tierMB?: number;
  /** Worker threads of each of them, and of the larger ones that a batch escalates to. */
  readonly threads?: number;
  /** How long a child lives. */
  readonly childSeconds?: number;
  /** Tasks of the stage that had receipts when the turn began: a turn that adds none is the last. */
  readonly doneBefore?: number;
  /** How many turns the execution has had with this one; its history is bounded. */
  readonly turn?: number;
  /** Turns in a row, before this one, that added no receipt. */
  readonly idleTurns?: number;
}

/** One item of a stage's manifest: the tasks [start, end) of the stage. */
export interface BatchItem {
  readonly batch: number;
  readonly start: number;
  readonly end: number;
}

/** What `run-tasks`, `reduce` and `pyramid` are invoked with. */
export interface BatchEvent extends BatchItem {
  readonly runId: string;
  readonly stage: number;
  /** Worker threads; default: one. */
  readonly threads?: number;
  /** True where an invocation for this batch handed back, or died: what it left is gone on with. */
  readonly again?: boolean;
  /** How often the state machine tried this invocation before. */
  readonly retry?: number;
  /** What the batch was escalated for: "ERROR@MB" of each function that died of it, separated by spaces. */
  readonly lost?: string;
  /** The child execution that the batch belongs to, when it began, and how long it lives. */
  readonly child?: { readonly id: string; readonly startedAt: string; readonly seconds: number };
}

/** What they answer; the receipt in the run's folder has the rest. */
export interface BatchResult {
  readonly stage: number;
  readonly batch: number;
  readonly tasks: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly seconds: number;
  /** Absent in answers of functions of an earlier version. */
  readonly effort?: BatchEffort;
  /**
   * Of a batch that was carried out by a function: `done`; `again`, where its time was up and the same event with `again` goes on; or
   * `later`, where the child's time was up too, and the stage's next turn has what is left.
   */
  readonly outcome?: "done" | "again" | "later";
}

export interface RunSummary {
  readonly runId: string;
  readonly status: RunStatus;
  readonly outputs: { readonly [name: string]: string };
}

export type RunStatus = "planned" | "running" | "succeeded" | "failed" | "cancelled";
