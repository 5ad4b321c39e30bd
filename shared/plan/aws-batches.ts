import { READ_AHEAD } from "../block/read-region.ts";
import { AWS_FACTS, type AwsFacts } from "./aws-facts.ts";
import { type StageTier, tierOf } from "./aws-tier.ts";
import type { Stage } from "./schema.ts";

/** Batches that one Distributed Map gets at most before tasks share a batch. */
const BATCHES_WANTED = 1000;
/** Seconds of one batch that are comfortable within a function's 900. */
const BATCH_SECONDS = 240;
/** Batches far below the 300 seconds of an Express child, that is, go there where it is cheaper. */
const EXPRESS_SECONDS = 60;
/** Memory of a step of an Express child as it is billed, GB. */
export const EXPRESS_GB = 64 / 1024;
/** Functions that a stage runs at once unless the stack says otherwise: a fifth of an account's default quota. */
export const STAGE_CONCURRENCY = 200;
/** Where a stage would take longer than this, its functions get more vCPUs for the same price. */
const LONG_STAGE_SECONDS = 120;

/** How a stage goes to AWS. */
export interface StageBatches extends StageTier {
  /** Tasks a batch. */
  readonly size: number;
  readonly count: number;
  readonly childType: "EXPRESS" | "STANDARD";
  /** Functions at once. */
  readonly concurrency: number;
  /** One function's time for a batch, as estimated. */
  readonly batchSeconds: number;
}

export interface BatchOptions {
  readonly facts?: AwsFacts;
  /** Functions at once at most. */
  readonly concurrency?: number;
}

/**
 * A stage's tier, batches, kind of children and concurrency. One task a thread while there are few; then as many a batch as keep the
 * number of batches, and a batch's time, in bounds.
 */
export function batchesOnAws(stage: Stage, options: BatchOptions = {}): StageBatches {
  const { facts = AWS_FACTS, concurrency: most = STAGE_CONCURRENCY } = options;
  const { compute, transfer } = taskSeconds(stage, facts);
  const perTask = compute + transfer;
  const wide = compute > transfer && (perTask * stage.tasks) / most > LONG_STAGE_SECONDS;
  const tier = tierOf(stage, facts, wide);
  const wanted = Math.max(tier.threads, Math.ceil(stage.tasks / BATCHES_WANTED));
  const inTime = tier.threads * Math.max(1, Math.floor(BATCH_SECONDS / perTask));
  const size = Math.min(wanted, inTime);
  const count = Math.ceil(stage.tasks / size);
  const batchSeconds = perTask * Math.ceil(size / tier.threads);
  return {
    ...tier,
    size,
    count,
    childType: isExpress(batchSeconds, facts) ? "EXPRESS" : "STANDARD",
    concurrency: concurrencyOf(stage, count, batchSeconds, most, facts),
    batchSeconds,
  };
}

/** One task's time on a thread, seconds, before claims and receipts. */
function taskSeconds({ estimate, tasks }: Stage, { lambda, s3 }: AwsFacts) {
  const n = Math.max(1, tasks);
  const requests =
    (estimate.objectsRead * s3.secondsPerGet + estimate.objectsWritten * s3.secondsPerPut) / READ_AHEAD;
  const bytes = (estimate.bytesRead + estimate.bytesWritten) / s3.bytesPerSecond;
  return { compute: (estimate.cpuSeconds * lambda.slowdown) / n, transfer: (requests + bytes) / n + 0.1 };
}

/** Short batches cost less as Express children, which are paid by time, than as transitions of Standard ones. */
function isExpress(seconds: number, { stepFunctions }: AwsFacts): boolean {
  const express =
    stepFunctions.expressUsdPerMillionRequests / 1e6 +
    seconds * EXPRESS_GB * stepFunctions.expressUsdPerGBSecond;
  const standard = (stepFunctions.transitionsPerChild * stepFunctions.usdPerMillionTransitions) / 1e6;
  return seconds <= Math.min(EXPRESS_SECONDS, stepFunctions.expressTimeoutSeconds / 5) && express <= standard;
}

/** As many functions as there are batches, within the quotas and the rates of one prefix of S3, which throttles beyond. */
function concurrencyOf(
  { estimate }: Stage,
  batches: number,
  batchSeconds: number,
  most: number,
  { lambda, s3, stepFunctions }: AwsFacts,
): number {
  const each = Math.max(1, batches);
  const putsPerSecond = (estimate.objectsWritten / each + 1) / batchSeconds;
  const getsPerSecond = (estimate.objectsRead / each + 2) / batchSeconds;
  const bounds = [
    most,
    batches,
    lambda.concurrency,
    stepFunctions.mapChildrenAtOnce,
    s3.putsPerSecond / putsPerSecond,
    s3.getsPerSecond / getsPerSecond,
  ];
  return Math.max(1, Math.floor(Math.min(...bounds)));
}
