import { READ_AHEAD } from "../block/read-region.ts";
import { LamellaError } from "../errors.ts";
import { AWS_FACTS, type AwsFacts } from "./aws-facts.ts";
import { projectedPeak } from "./budget.ts";
import type { Plan, Stage } from "./schema.ts";

/** What a stage would cost on AWS, with what the figure is made of. */
export interface StageCost {
  readonly tierMB: number;
  readonly lambdaSeconds: number;
  readonly lambdaUsd: number;
  readonly stepFunctionsUsd: number;
  readonly s3Usd: number;
  readonly usd: number;
  /** Lower bound of the wall time: quotas and the work itself, nothing else. */
  readonly wallSeconds: number;
}

export interface PlanCost {
  readonly stages: readonly StageCost[];
  readonly usd: number;
  readonly wallSeconds: number;
  readonly factsCollected: string;
}

/** vCPU seconds on Lambda's arm64 for one second of this planner's estimate; until measured, taken as 1.6. */
const LAMBDA_SLOWDOWN = 1.6;

/** Estimates a plan on AWS before anything runs. The arithmetic is that of docs/design.md; every figure is one of `facts`. */
export function estimateCost(plan: Plan, facts: AwsFacts = AWS_FACTS): PlanCost {
  const stages = plan.stages.map((stage) => stageCost(stage, facts));
  return {
    stages,
    usd: stages.reduce((sum, s) => sum + s.usd, 0),
    wallSeconds: stages.reduce((sum, s) => sum + s.wallSeconds, 0),
    factsCollected: facts.collected,
  };
}

/** Refuses a plan whose estimate is over a budget in dollars. Throws OVER_COST. */
export function requireAffordable(plan: Plan, maxCostUsd: number): void {
  const { usd } = estimateCost(plan);
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

function stageCost(stage: Stage, facts: AwsFacts): StageCost {
  const { lambda, stepFunctions, s3 } = facts;
  const { estimate, tasks } = stage;
  const needMB = projectedPeak(stage.memory, 1) / 1e6;
  const tierMB = lambda.tiersMB.find((tier) => tier >= needMB) ?? lambda.tiersMB.at(-1)!;
  const transfer =
    (estimate.objectsRead * s3.secondsPerGet) / READ_AHEAD +
    (estimate.objectsWritten * s3.secondsPerPut) / READ_AHEAD +
    (estimate.bytesRead + estimate.bytesWritten) / s3.bytesPerSecond;
  const lambdaSeconds = estimate.cpuSeconds * LAMBDA_SLOWDOWN + transfer + tasks * 0.05;
  const lambdaUsd =
    lambdaSeconds * (tierMB / 1024) * lambda.usdPerGBSecond + (tasks * lambda.usdPerMillionRequests) / 1e6;
  const express = lambdaSeconds / Math.max(1, tasks) < 23;
  const stepFunctionsUsd = express
    ? (tasks * stepFunctions.expressUsdPerMillionRequests) / 1e6 +
      lambdaSeconds * (64 / 1024) * stepFunctions.expressUsdPerGBSecond
    : (tasks * stepFunctions.usdPerMillionTransitions) / 1e6;
  // Receipts and manifests are objects too.
  const s3Usd =
    ((estimate.objectsWritten + tasks) * s3.usdPer1000Puts) / 1000 +
    ((estimate.objectsRead + 3 * tasks) * s3.usdPer1000Gets) / 1000;
  const perTask = lambdaSeconds / Math.max(1, tasks);
  const dispatch =
    tasks / (express ? stepFunctions.expressDispatchPerSecond : stepFunctions.standardDispatchPerSecond);
  const environments = Math.min(tasks, lambda.concurrency);
  const wallSeconds =
    stepFunctions.mapOverheadSeconds +
    Math.max(dispatch, lambdaSeconds / Math.max(1, environments), perTask) +
    lambda.coldStartSeconds;
  return {
    tierMB,
    lambdaSeconds,
    lambdaUsd,
    stepFunctionsUsd,
    s3Usd,
    usd: lambdaUsd + stepFunctionsUsd + s3Usd,
    wallSeconds,
  };
}
