import { measuredCost } from "../../shared/engine/report/measured-cost.ts";
import type { CostData, ReportData } from "../../shared/engine/report/report-data.ts";
import type { RunRecord } from "../../shared/engine/report/run-record.ts";
import type { AwsFacts } from "../../shared/plan/aws-facts.ts";
import { estimateCost } from "../../shared/plan/cost.ts";
import { formatCount, formatSeconds, formatUsd } from "../format.ts";
import { arithmeticOf } from "../plan-arithmetic.ts";
import { drawPlan } from "../plan-drawing.ts";
import { loadPrices } from "../prices.ts";
import { replayCommand } from "../replay-command.ts";

/** What the page of a run shows, from what its folder says now. `place` are the options that say where that is: `--on aws`. */
export async function reportData(record: RunRecord, place = ""): Promise<ReportData> {
  const { plan, folder } = record;
  const replayOf = (stageName: string, task: number): string =>
    replayCommand(folder.runId, { stageName, task }, place) ?? "";
  const measures = await record.measures(replayOf);
  return {
    ...measures,
    cost: costOf(record, measures.run.engine, await loadPrices()),
    graph: drawPlan(plan),
  };
}

function costOf(record: RunRecord, engine: string, facts: AwsFacts): CostData {
  const { plan, stages } = record;
  const cost = estimateCost(plan, facts);
  const estimate = plan.stages.flatMap((_, i) => arithmeticOf(plan, cost, facts, i));
  const estimated = { estimatedUsd: cost.usd, estimate };
  if (engine === "local" || stages.every(({ lambdaGBSeconds }) => lambdaGBSeconds === 0)) return estimated;
  const measured = measuredCost(plan, stages, facts, engine === "aws");
  const { lambda, s3 } = facts;
  const lines = measured.stages.flatMap((s, i) => [
    s.name,
    `  Lambda  ${formatUsd(s.lambdaUsd)} = ${s.gbSeconds.toFixed(1)} GB-s (${formatSeconds(stages[i]!.busySeconds)} of batches) x $${lambda.usdPerGBSecond}/GB-s + ${formatCount(s.batches)} x $${lambda.usdPerMillionRequests}/million`,
    `  Step Fn ${formatUsd(s.stepFunctionsUsd)}${engine === "aws" ? `, for ${formatCount(s.batches)} batches` : ": the functions were invoked directly"}`,
    `  S3      ${formatUsd(s.s3Usd)} = ${formatCount(s.writes)} PUT x $${s3.usdPer1000Puts}/1000 + ${formatCount(s.reads)} GET x $${s3.usdPer1000Gets}/1000`,
  ]);
  return { ...estimated, measuredUsd: measured.usd, measured: lines };
}
