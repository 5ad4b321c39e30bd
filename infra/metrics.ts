import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { LamellaFunction } from "./function.ts";

/** What alarms and the dashboard look at. */
export interface StackMetrics {
  readonly functions: readonly LamellaFunction[];
  readonly ingest: LamellaFunction;
  readonly deadLetters: Queue;
  readonly uploadRuleName: string;
  /** A metric of the state machine, summed up over five minutes. */
  runs(name: RunMetric): Metric;
}

export type RunMetric =
  | "ExecutionsStarted"
  | "ExecutionsSucceeded"
  | "ExecutionsFailed"
  | "ExecutionsTimedOut"
  | "ExecutionsAborted"
  | "ExecutionThrottled";

export function runMetric(stateMachineArn: string, metricName: string, statistic = "Sum"): Metric {
  return new Metric({
    namespace: "AWS/States",
    metricName,
    dimensionsMap: { StateMachineArn: stateMachineArn },
    statistic,
    period: Duration.minutes(5),
  });
}

/** A metric of several functions, added up. */
export function sumOf(
  functions: readonly LamellaFunction[],
  metric: "Throttles" | "Errors" | "Invocations",
): IMetric {
  const period = Duration.minutes(5);
  return new MathExpression({
    expression: functions.map((_, i) => `m${i}`).join(" + "),
    label: metric,
    period,
    usingMetrics: Object.fromEntries(
      functions.map((made, i) => [
        `m${i}`,
        made.function.metric(metric, { statistic: "Sum", period }) as IMetric,
      ]),
    ),
  });
}
