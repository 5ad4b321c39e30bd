import { Aws } from "aws-cdk-lib";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

export interface NotificationsProps {
  readonly key: IKey | undefined;
  readonly email: string | undefined;
  readonly stateMachineArn: string;
}

/**
 * The topic that alarms, the budget and failed runs are sent to, and its subscription by mail. Encrypted only under a customer's
 * key: alarms can't publish under AWS's own. Its messages name alarms and runs, and say why a run failed.
 */
export class Notifications extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { key, email, stateMachineArn }: NotificationsProps) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { enforceSSL: true, ...(key ? { masterKey: key } : {}) });
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsAndBudgetsOfThisAccount",
        effect: Effect.ALLOW,
        principals: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"].map((s) => new ServicePrincipal(s)),
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );

    const run = EventField.fromPath("$.detail.name");
    const status = EventField.fromPath("$.detail.status");
    new Rule(this, "RunFailed", {
      description: "Tells of runs that failed or timed out",
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: { status: ["FAILED", "TIMED_OUT"], stateMachineArn: [stateMachineArn] },
      },
      targets: [
        new SnsTopic(this.topic as ITopic, {
          message: RuleTargetInput.fromText(
            `Lamella's run ${run} ended as ${status}: ${EventField.fromPath("$.detail.cause")} Look at it with: lamella status ${run}`,
          ),
        }),
      ],
    });
  }
}
