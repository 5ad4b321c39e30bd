import { READ_AHEAD } from "../block/read-region.ts";
import { functionOf } from "../engine/stage-loop.ts";
import { batchesOnAws, type StageBatches } from "../plan/aws-batches.ts";
import type { AwsFacts } from "../plan/aws-facts.ts";
import type { Plan, PlanArray, Stage } from "../plan/schema.ts";
import { programReads } from "../plan/stage-reads.ts";
import type { MeasuredStage } from "./measured.ts";

/** What a stage's tasks take on AWS. Seconds are of one vCPU, means over the tasks. */
export interface StageModel {
  readonly name: string;
  readonly kind: string;
  readonly tasks: number;
  readonly function: string;
  readonly batches: StageBatches;
  /** Where the seconds come from. */
  readonly source: "estimate" | "measured";
  readonly taskSeconds: TaskSeconds;
  /** Requests of a task. */
  readonly requests: TaskRequests;
  /** Standard deviation of the logarithm of a task's time; or measured times over their mean. */
  readonly spread: number | readonly number[];
  /** Prefixes of S3 that are read, and written: each has its own rates. */
  readonly readPrefixes: number;
  readonly writtenPrefixes: number;
}

export interface TaskSeconds {
  readonly compute: number;
  /** Waiting for S3 to answer: a thread has several requests under way. */
  readonly waiting: number;
  /** Bytes over the network, where a function has one thread at it. */
  readonly network: number;
}

export interface TaskRequests {
  readonly gets: number;
  readonly puts: number;
  /** Looks at the claims of outputs. */
  readonly looks: number;
}

export interface ModelOptions {
  readonly facts: AwsFacts;
  /** Functions at once. */
  readonly concurrency: number;
  readonly measured?: ReadonlyMap<string, MeasuredStage>;
}

/** How a stage of a plan goes: tier, batches and children as the stack chooses them, times by the plan's estimate or a measured run. */
export function stageModel(plan: Plan, stage: Stage, options: ModelOptions): StageModel {
  const { facts, concurrency } = options;
  const { lambda, s3, simulation } = facts;
  const { estimate } = stage;
  const tasks = Math.max(1, stage.tasks);
  const measured = options.measured?.get(stage.name);
  const batches = batchesOnAws(stage, { facts, concurrency });
  const requests: TaskRequests = {
    gets: estimate.objectsRead / tasks,
    puts: estimate.objectsWritten / tasks,
    looks: Object.keys(plan.outputs).length,
  };
  const read = estimate.bytesRead * (measured?.readRatio ?? 1);
  const written = estimate.bytesWritten * (measured?.writtenRatio ?? 1);
  const taken = estimate.bytesTaken ?? estimate.bytesRead;
  const cpu = measured ? measured.secondsFor(taken, stage.tasks) : estimate.cpuSeconds;
  return {
    name: stage.name,
    kind: "phase" in stage ? `${stage.kind} ${stage.phase}` : stage.kind,
    tasks: stage.tasks,
    function: functionOf(stage),
    batches,
    source: measured ? "measured" : "estimate",
    taskSeconds: {
      compute: (cpu * lambda.slowdown) / tasks,
      waiting:
        (requests.gets * s3.secondsPerGet + requests.puts * s3.secondsPerPut) / READ_AHEAD +
        requests.looks * s3.secondsPerGet,
      network: (read + written) / tasks / Math.min(s3.bytesPerSecond, lambda.networkBytesPerSecond),
    },
    requests,
    spread: measured?.factors ?? simulation.taskSpread,
    readPrefixes: prefixesRead(plan, stage),
    writtenPrefixes: prefixesWritten(plan, stage),
  };
}

/** A thread's time for one task, seconds, with as many threads at work: they share one network. */
export function laneSeconds({ taskSeconds, batches }: StageModel, facts: AwsFacts, threads: number): number {
  const { compute, waiting, network } = taskSeconds;
  const shared = network * Math.min(1, facts.s3.bytesPerSecond / facts.lambda.networkBytesPerSecond);
  const share = Math.max(1, Math.min(threads, batches.threads));
  return Math.max(compute + waiting + network, share * shared);
}

function prefixesRead(plan: Plan, stage: Stage): number {
  const arrays = programReads(stage);
  if ("mask" in stage) arrays.push(stage.mask);
  return rootsOf(plan, arrays);
}

function prefixesWritten(plan: Plan, stage: Stage): number {
  const arrays = "writes" in stage ? (stage.writes ?? []).map(({ array }) => array) : [];
  if ("array" in stage && stage.array !== undefined) arrays.push(stage.array);
  return rootsOf(plan, arrays);
}

/** How many stores: what lies in one may be one partition of S3. */
function rootsOf(plan: Plan, arrays: readonly string[]): number {
  const rootOf = (array: PlanArray): string => (array.role === "input" ? array.source.uri : array.uri);
  const known = arrays.flatMap((id) => (plan.arrays[id] ? [rootOf(plan.arrays[id])] : []));
  return Math.max(1, new Set(known).size);
}
