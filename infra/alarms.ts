import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { LamellaFunction } from "./function.ts";
import { type StackMetrics, sumOf } from "./metrics.ts";
import type { Notifications } from "./notifications.ts";

export interface AlarmsProps {
  /** What alarms' names begin with. */
  readonly name: string;
  readonly metrics: StackMetrics;
  readonly notifications: Notifications;
}

interface AlarmOf {
  /** The rest of the name, as docs/operations.md has it with what to do. */
  readonly name: string;
  readonly says: string;
  readonly metric: IMetric;
  readonly atLeast: number;
  readonly periods?: number;
}

/** Metrics that one alarm's expression may have. */
const MOST_METRICS = 10;

/** The alarms, each with its row in docs/operations.md. All go to the topic, and tell it when they are over. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { name, metrics, notifications }: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(notifications.topic as ITopic);
    for (const made of alarmsOf(metrics)) {
      const alarm = new Alarm(this, pascal(made.name), {
        alarmName: `${name}-${made.name}`,
        alarmDescription: `${made.says} What to do: docs/operations.md, "${made.name}".`,
        metric: made.metric,
        threshold: made.atLeast,
        evaluationPeriods: made.periods ?? 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // nothing is counted while nothing runs
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}

function alarmsOf(metrics: StackMetrics): AlarmOf[] {
  const groups = inGroups(metrics.functions, MOST_METRICS - 1);
  const numbered = (name: string, group: number): string => (group === 0 ? name : `${name}-${group + 1}`);
  return [
    { name: "runs-failed", says: "A run failed.", metric: metrics.runs("ExecutionsFailed"), atLeast: 1 },
    {
      name: "runs-timed-out",
      says: "A run still went after the longest time that the stack allows one.",
      metric: metrics.runs("ExecutionsTimedOut"),
      atLeast: 1,
    },
    {
      name: "runs-throttled",
      says: "Step Functions held back state transitions: the account's quota is reached.",
      metric: metrics.runs("ExecutionThrottled"),
      atLeast: 1,
      periods: 3,
    },
    ...groups.map((group, i) => ({
      name: numbered("functions-throttled", i),
      says: "Lambda refused invocations for a quarter of an hour: the account's concurrency is used up.",
      metric: sumOf(group, "Throttles"),
      atLeast: 100,
      periods: 3,
    })),
    ...groups.map((group, i) => ({
      name: numbered("functions-near-timeout", i),
      says: "A function took 95 % or more of its time.",
      metric: shareOfTimeout(group),
      atLeast: 95,
    })),
    {
      name: "ingest-errors",
      says: "The function that starts conversions of uploads failed, by more than a wrong upload.",
      metric: metrics.ingest.function.metricErrors({ statistic: "Sum", period: PERIOD }),
      atLeast: 1,
    },
    {
      name: "uploads-undelivered",
      says: "EventBridge could not deliver the event of an upload.",
      metric: new Metric({
        namespace: "AWS/Events",
        metricName: "FailedInvocations",
        dimensionsMap: { RuleName: metrics.uploadRuleName },
        statistic: "Sum",
        period: PERIOD,
      }),
      atLeast: 1,
    },
    {
      name: "dead-letters",
      says: "Uploads whose events were given up wait in the queue of dead letters.",
      metric: metrics.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum" }),
      atLeast: 1,
    },
    {
      name: "dead-letters-age",
      says: "A dead letter has waited for a day; after fourteen it is gone.",
      metric: metrics.deadLetters.metricApproximateAgeOfOldestMessage({ statistic: "Maximum" }),
      atLeast: Duration.days(1).toSeconds(),
    },
  ];
}

const PERIOD = Duration.minutes(5);

/** The longest duration of any of the functions, in percent of its own timeout. */
function shareOfTimeout(functions: readonly LamellaFunction[]): IMetric {
  const usingMetrics = Object.fromEntries(
    functions.map((made, i) => [
      `d${i}`,
      made.function.metricDuration({ statistic: "Maximum", period: PERIOD }) as IMetric,
    ]),
  );
  const shares = functions.map((made, i) => `d${i} / ${made.timeout.toMilliseconds() / 100}`);
  return new MathExpression({
    expression: `MAX([${shares.join(", ")}])`,
    label: "% of the timeout",
    usingMetrics,
    period: PERIOD,
  });
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

function pascal(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
