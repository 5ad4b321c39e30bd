/** What a report page shows: made from a run's folder, embedded as JSON. Bounded, however many tasks there are. */
export interface ReportData {
  readonly version: 1;
  readonly lamella: string;
  /** Unix time in milliseconds, as all times here. */
  readonly madeAt: number;
  readonly run: RunFacts;
  readonly inputs: readonly ArrayFacts[];
  readonly stages: readonly StageData[];
  /** Workers, by their names, in the order in which they are drawn. */
  readonly lanes: readonly string[];
  readonly bars: Bars;
  readonly failures: readonly FailureData[];
  readonly cost: CostData;
  /** The plan as a drawing. */
  readonly graph: string;
  /** What is left out, or not known. */
  readonly notes: readonly string[];
}

export interface RunFacts {
  readonly runId: string;
  /** `stopped`: it says that it runs, but its process is gone. */
  readonly status: "planned" | "running" | "succeeded" | "failed" | "cancelled" | "stopped";
  readonly engine: string;
  readonly createdAt: string;
  readonly planHash: string;
  readonly workers: number;
  readonly budgetMiB: number;
  readonly outputs: { readonly [name: string]: string };
  readonly failure?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** First and last that a worker did; absent while nothing is done. */
  readonly startedAt?: number;
  readonly endedAt?: number;
}

export interface ArrayFacts {
  readonly name: string;
  readonly uri: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly chunks: readonly number[];
}

export interface StageData {
  readonly name: string;
  readonly kind: string;
  readonly tasks: number;
  readonly done: number;
  readonly batches: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Of all batches, side by side. */
  readonly busySeconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly requests: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Decoded bytes of the region read, each once; of the chunks decoded for it; of what tasks took, halos as often as taken. */
  readonly inputBytes: number;
  readonly decodedBytes: number;
  readonly takenBytes: number;
  /** The same as the plan foretold them. */
  readonly plannedDecoded: number;
  readonly plannedTaken: number;
  readonly plannedWritten: number;
  readonly projectedMiB: number;
  /** Of the process with its threads here, of a function on AWS. */
  readonly peakMiB?: number;
  readonly kernelPeakMiB: number;
  readonly retries: number;
  readonly heat?: HeatData;
}

/** A figure for each cell of a stage's grid of tasks, in C order; -1 where it is not done. */
export interface HeatData {
  readonly axes: readonly string[];
  /** Elements of the array, and of a cell. */
  readonly shape: readonly number[];
  readonly block: readonly number[];
  readonly cells: readonly number[];
  /** Tasks that a cell stands for along each axis: 1 unless there are too many to draw. */
  readonly merged: readonly number[];
  readonly ms: readonly number[];
  readonly read: readonly number[];
  readonly wrote: readonly number[];
}

/** Batches as bars of a timeline: columns, since there are many. */
export interface Bars {
  readonly stage: readonly number[];
  readonly lane: readonly number[];
  /** Milliseconds since `origin`, and how long. */
  readonly origin: number;
  readonly at: readonly number[];
  readonly ms: readonly number[];
  /** First task, and how many. */
  readonly task: readonly number[];
  readonly count: readonly number[];
  readonly bytes: readonly number[];
  /** Resident set of the worker's process at its end, MiB. */
  readonly memory: readonly number[];
}

export interface FailureData {
  readonly stage: number;
  readonly task?: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly at?: number;
  /** Whether its tasks were done by another attempt. */
  readonly mended: boolean;
  readonly replay?: string;
}

export interface CostData {
  /** Dollars on AWS as the plan estimates them, and how they come about. */
  readonly estimatedUsd: number;
  readonly estimate: readonly string[];
  /** From what was measured, of runs on AWS. */
  readonly measuredUsd?: number;
  readonly measured?: readonly string[];
}
