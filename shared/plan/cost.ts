import { READ_AHEAD } from "../block/read-region.ts";
import { LamellaError } from "../errors.ts";
import { batchesOnAws, EXPRESS_GB, STAGE_CONCURRENCY } from "./aws-batches.ts";
import { AWS_FACTS, type AwsFacts } from "./aws-facts.ts";
import type { Plan, Stage } from "./schema.ts";

/** What a stage would cost on AWS, with what the figures are made of. */
export interface StageCost {
  readonly tierMB: number;
  /** Worker threads of a function of that tier. */
  readonly threads: number;
  readonly batches: number;
  readonly express: boolean;
  /** Functions at once. */
  readonly concurrency: number;
  /** Of functions, as they are paid for: that of their threads, over the threads of each, and what a batch takes beside its tasks. */
  readonly lambdaSeconds: number;
  /** Of threads: computing, moving bytes and waiting for requests, beginning tasks; and of functions: beginning batches. */
  readonly secondsOf: {
    readonly compute: number;
    readonly transfer: number;
    readonly tasks: number;
    readonly batches: number;
  };
  readonly puts: number;
  readonly gets: number;
  readonly lambdaUsd: number;
  readonly stepFunctionsUsd: number;
  readonly s3Usd: number;
  readonly usd: number;
  /** Lower bound of the wall time: quotas and the work itself, nothing else. */
  readonly wallSeconds: number;
  /** What the bound is the largest of, besides starting the map and a function. */
  readonly bounds: { readonly [limit in WallLimit]: number };
}

export type WallLimit = "dispatch" | "concurrency" | "one batch" | "S3 writes" | "S3 reads";

export interface PlanCost {
  readonly stages: readonly StageCost[];
  readonly usd: number;
  readonly wallSeconds: number;
  readonly factsCollected: string;
}

/** Seconds that a batch takes beside its tasks: an invocation, the cancel marker, a receipt. */
const BATCH_OVERHEAD = 0.05;

/** Estimates a plan on AWS before anything runs, with so many functions at once at most. The arithmetic is that of docs/design.md; every figure is one of `facts`. */
export function estimateCost(
  plan: Plan,
  facts: AwsFacts = AWS_FACTS,
  mostFunctions: number = STAGE_CONCURRENCY,
): PlanCost {
  const claims = Object.keys(plan.outputs).length;
  const stages = plan.stages.map((stage) => stageCost(stage, claims, facts, mostFunctions));
  return {
    stages,
    usd: stages.reduce((sum, s) => sum + s.usd, 0),
    wallSeconds: stages.reduce((sum, s) => sum + s.wallSeconds, 0),
    factsCollected: facts.collected,
  };
}

/** Refuses a plan whose estimate is over a budget in dollars. Throws OVER_COST. */
export function requireAffordable(plan: Plan, maxCostUsd: number, facts: AwsFacts = AWS_FACTS): void {
  const { usd } = estimateCost(plan, facts);
  if (usd <= maxCostUsd) return;
  throw new LamellaError(
    "OVER_COST",
    `the plan would cost about $${usd.toPrecision(2)} on AWS, over the budget of $${maxCostUsd}`,
    {
      hint: "`lamella plan` shows what each stage costs; raise the budget (--max-cost, maxCostUsd), or choose larger chunks.",
      details: { estimatedUsd: usd, maxCostUsd },
    },
  );
}

/** Before each task its outputs' claims are read. */
function stageCost(stage: Stage, claims: number, facts: AwsFacts, mostFunctions: number): StageCost {
  const { lambda, stepFunctions, s3 } = facts;
  const { estimate, tasks } = stage;
  const {
    count: batches,
    childType,
    tierMB,
    threads,
    concurrency,
  } = batchesOnAws(stage, {
    facts,
    concurrency: mostFunctions,
  });
  const express = childType === "EXPRESS";

  const compute = estimate.cpuSeconds * lambda.slowdown;
  const transfer =
    (estimate.objectsRead * s3.secondsPerGet) / READ_AHEAD +
    (estimate.objectsWritten * s3.secondsPerPut) / READ_AHEAD +
    (estimate.bytesRead + estimate.bytesWritten) / s3.bytesPerSecond;
  const secondsOf = {
    compute,
    transfer,
    tasks: tasks * claims * s3.secondsPerGet,
    batches: batches * BATCH_OVERHEAD,
  };
  const lambdaSeconds = (compute + transfer + secondsOf.tasks) / threads + secondsOf.batches;
  const lambdaUsd =
    lambdaSeconds * (tierMB / 1024) * lambda.usdPerGBSecond + (batches * lambda.usdPerMillionRequests) / 1e6;
  const stepFunctionsUsd = express
    ? (batches * stepFunctions.expressUsdPerMillionRequests) / 1e6 +
      lambdaSeconds * EXPRESS_GB * stepFunctions.expressUsdPerGBSecond
    : (batches * stepFunctions.transitionsPerChild * stepFunctions.usdPerMillionTransitions) / 1e6;
  // Receipts and the manifest are objects too; a batch looks for the cancel marker, and its receipt is read.
  const puts = estimate.objectsWritten + batches + 1;
  const gets = estimate.objectsRead + tasks * claims + 2 * batches + 1;
  const s3Usd = (puts * s3.usdPer1000Puts + gets * s3.usdPer1000Gets) / 1000;

  const dispatch = express ? stepFunctions.expressDispatchPerSecond : stepFunctions.standardDispatchPerSecond;
  const bounds = {
    dispatch: batches / dispatch,
    concurrency: lambdaSeconds / concurrency,
    "one batch": lambdaSeconds / Math.max(1, batches),
    "S3 writes": puts / s3.putsPerSecond,
    "S3 reads": gets / s3.getsPerSecond,
  };
  const ramp = Math.max(0, concurrency / lambda.newEnvironmentsPer10Seconds - 1) * 10;
  return {
    tierMB,
    threads,
    batches,
    express,
    concurrency,
    lambdaSeconds,
    secondsOf,
    puts,
    gets,
    lambdaUsd,
    stepFunctionsUsd,
    s3Usd,
    usd: lambdaUsd + stepFunctionsUsd + s3Usd,
    wallSeconds:
      stepFunctions.mapOverheadSeconds + lambda.coldStartSeconds + Math.max(ramp, ...Object.values(bounds)),
    bounds,
  };
}
