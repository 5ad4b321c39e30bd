import { batchesOnAws } from "../../plan/aws-batches.ts";
import type { AwsFacts } from "../../plan/aws-facts.ts";
import type { Plan } from "../../plan/schema.ts";
import type { StageRecord } from "./stage-record.ts";

/** Memory of a step of an Express child as it is billed, GB. */
const EXPRESS_GB = 64 / 1024;

/** What a run on AWS took, in dollars at list prices, from the figures of its receipts. */
export interface MeasuredCost {
  readonly usd: number;
  readonly stages: readonly {
    readonly name: string;
    readonly gbSeconds: number;
    readonly batches: number;
    readonly reads: number;
    readonly writes: number;
    readonly lambdaUsd: number;
    readonly stepFunctionsUsd: number;
    readonly s3Usd: number;
  }[];
}

/** `underStateMachine`: whether a state machine ran the batches, or they were invoked one by one. */
export function measuredCost(
  plan: Plan,
  records: readonly StageRecord[],
  facts: AwsFacts,
  underStateMachine: boolean,
): MeasuredCost {
  const { lambda, stepFunctions, s3 } = facts;
  const stages = records.map((record, i) => {
    const stage = plan.stages[i]!;
    const { batches, lambdaGBSeconds: gbSeconds, busySeconds } = record;
    // A batch's receipt is written and read besides what its tasks do.
    const reads = record.reads + batches;
    const writes = record.writes + batches;
    const express = batchesOnAws(stage).childType === "EXPRESS";
    const transitions = express
      ? (batches * stepFunctions.expressUsdPerMillionRequests) / 1e6 +
        busySeconds * EXPRESS_GB * stepFunctions.expressUsdPerGBSecond
      : (batches * stepFunctions.usdPerMillionTransitions) / 1e6;
    return {
      name: stage.name,
      gbSeconds,
      batches,
      reads,
      writes,
      lambdaUsd: gbSeconds * lambda.usdPerGBSecond + (batches * lambda.usdPerMillionRequests) / 1e6,
      stepFunctionsUsd: underStateMachine ? transitions : 0,
      s3Usd: (reads * s3.usdPer1000Gets + writes * s3.usdPer1000Puts) / 1000,
    };
  });
  const usd = stages.reduce((sum, s) => sum + s.lambdaUsd + s.stepFunctionsUsd + s.s3Usd, 0);
  return { usd, stages };
}
