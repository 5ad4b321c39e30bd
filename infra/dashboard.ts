import { Aws, Duration } from "aws-cdk-lib";
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  SingleValueWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { runMetric, type StackMetrics } from "./metrics.ts";

export interface RunDashboardProps {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly metrics: StackMetrics;
}

const HALF = 12;
const PERIOD = Duration.minutes(5);

/** One page in CloudWatch: runs, functions, uploads. Its name holds the region, since dashboards have none. */
export class RunDashboard extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { name, stateMachineArn, metrics }: RunDashboardProps) {
    super(scope, id);
    this.name = `${name}-${Aws.REGION}`;
    const functions = (metric: string, statistic: string): IMetric[] =>
      metrics.functions.map(
        (made) => made.function.metric(metric, { statistic, period: PERIOD, label: made.node.id }) as IMetric,
      );
    const graph = (title: string, left: IMetric[], label: string): IWidget =>
      new GraphWidget({ title, left, width: HALF, leftYAxis: { min: 0, label, showUnits: false } });
    const queue = metrics.deadLetters;

    new Dashboard(this, "Dashboard", {
      dashboardName: this.name,
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          new SingleValueWidget({
            title: "Runs, of the shown time",
            width: 2 * HALF,
            setPeriodToTimeRange: true,
            metrics: (
              [
                "ExecutionsStarted",
                "ExecutionsSucceeded",
                "ExecutionsFailed",
                "ExecutionsTimedOut",
                "ExecutionsAborted",
              ] as const
            ).map(
              (metric) => metrics.runs(metric).with({ label: metric.replace("Executions", "") }) as IMetric,
            ),
          }),
        ],
        [
          graph(
            "Runs",
            [
              metrics.runs("ExecutionsStarted"),
              metrics.runs("ExecutionsSucceeded"),
              metrics.runs("ExecutionsFailed"),
            ],
            "runs",
          ),
          graph(
            "Time of runs that ended",
            ["p50", "p99"].map(
              (p) => runMetric(stateMachineArn, "ExecutionTime", p).with({ label: p }) as IMetric,
            ),
            "ms",
          ),
        ],
        [
          graph("Functions at work", functions("ConcurrentExecutions", "Maximum"), "environments"),
          graph("Time of an invocation, longest", functions("Duration", "Maximum"), "ms"),
        ],
        [
          graph("Errors", functions("Errors", "Sum"), "invocations"),
          graph("Throttles", functions("Throttles", "Sum"), "invocations"),
        ],
        [
          graph(
            "Uploads",
            [metrics.ingest.function.metricInvocations({ statistic: "Sum", period: PERIOD }) as IMetric],
            "events",
          ),
          graph(
            "Dead letters",
            [
              queue.metricApproximateNumberOfMessagesVisible({
                statistic: "Maximum",
                period: PERIOD,
              }) as IMetric,
            ],
            "events",
          ),
        ],
      ],
    });
  }
}
