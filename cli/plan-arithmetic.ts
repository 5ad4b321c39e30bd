import { READ_AHEAD } from "../shared/block/read-region.ts";
import type { AwsFacts } from "../shared/plan/aws-facts.ts";
import {
  garbageOf,
  INLINE_RESERVE,
  leftByTasks,
  PROCESS_RESERVE,
  projectedPeaks,
  WORKER_RESERVE,
} from "../shared/plan/budget.ts";
import type { PlanCost } from "../shared/plan/cost.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { threadsOf } from "../shared/plan/threads.ts";
import { formatCount, formatSeconds, formatUsd } from "./format.ts";

/** How a stage's memory, dollars and time come about, figure by figure. */
export function arithmeticOf(plan: Plan, cost: PlanCost, facts: AwsFacts, index: number): string[] {
  const stage = plan.stages[index]!;
  const { workers } = plan.budget;
  const { memory, estimate, tasks } = stage;
  const one = cost.stages[index]!;
  const { lambda, stepFunctions, s3 } = facts;
  const threads = threadsOf(plan.stages, workers);
  const busy = Math.min(Math.max(1, threads), Math.max(1, tasks));
  const runtime =
    threads > 0
      ? `process ${mib(PROCESS_RESERVE)} + ${threads} x worker ${mib(WORKER_RESERVE)}`
      : `process ${mib(PROCESS_RESERVE + INLINE_RESERVE + leftByTasks(tasks))}`;
  const each = one.express
    ? `${formatCount(one.batches)} x $${stepFunctions.expressUsdPerMillionRequests}/million + ${formatSeconds(one.lambdaSeconds)} x 64 MB x $${stepFunctions.expressUsdPerGBSecond}/GB-s`
    : `${formatCount(one.batches)} x ${stepFunctions.transitionsPerChild} x $${stepFunctions.usdPerMillionTransitions}/million transitions`;
  const limit = Object.entries(one.bounds).reduce((a, b) => (b[1] > a[1] ? b : a));
  const { compute, transfer, ...beginning } = one.secondsOf;
  return [
    `${stage.name}`,
    `  memory  ${mib(projectedPeaks(plan.stages, threads)[index]!)} MiB = ${runtime} + ${busy} x (kernel ${mib(memory.heap)} + buffers ${mib(memory.buffers)} + cache ${mib(memory.cache)} + garbage ${mib(garbageOf(memory, threads, tasks))}), or what an earlier stage left`,
    `  batches ${formatCount(one.batches)} of ${formatCount(Math.ceil(tasks / Math.max(1, one.batches)))} tasks, ${one.express ? "Express" : "Standard"} children`,
    `  seconds ${formatSeconds(one.lambdaSeconds)} = (compute ${formatSeconds(compute)} (CPU ${formatSeconds(estimate.cpuSeconds)} x ${lambda.slowdown}) + transfer ${formatSeconds(transfer)} (${formatCount(estimate.objectsRead)} x ${s3.secondsPerGet} s + ${formatCount(estimate.objectsWritten)} x ${s3.secondsPerPut} s, ${READ_AHEAD} at once, and bytes at ${s3.bytesPerSecond / 1e6} MB/s) + beginning tasks ${formatSeconds(beginning.tasks)}) / ${one.threads} ${one.threads === 1 ? "thread" : "threads"} + beginning batches ${formatSeconds(beginning.batches)}`,
    `  Lambda  ${formatUsd(one.lambdaUsd)} = ${formatSeconds(one.lambdaSeconds)} x ${one.tierMB} MB x $${lambda.usdPerGBSecond}/GB-s + ${formatCount(one.batches)} x $${lambda.usdPerMillionRequests}/million`,
    `  Step Fn ${formatUsd(one.stepFunctionsUsd)} = ${each}`,
    `  S3      ${formatUsd(one.s3Usd)} = ${formatCount(one.puts)} PUT x $${s3.usdPer1000Puts}/1000 + ${formatCount(one.gets)} GET x $${s3.usdPer1000Gets}/1000`,
    `  time    ${formatSeconds(one.wallSeconds)} = map ${stepFunctions.mapOverheadSeconds} s + cold start ${lambda.coldStartSeconds} s + ${limit[0]} ${formatSeconds(limit[1])}, the largest of ${Object.entries(
      one.bounds,
    )
      .map(([name, n]) => `${name} ${formatSeconds(n)}`)
      .join(", ")} (${formatCount(one.concurrency)} functions at once)`,
  ];
}

function mib(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
