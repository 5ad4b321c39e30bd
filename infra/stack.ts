import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Lamella } from "./lamella.ts";
import type { LamellaOptions } from "./options.ts";

export interface LamellaStackProps extends StackProps, LamellaOptions {}

/** Lamella in a stack of its own, with outputs that name what users need. */
export class LamellaStack extends Stack {
  readonly lamella: Lamella;

  constructor(scope: Construct, id: string, props: LamellaStackProps = {}) {
    super(scope, id, props);
    // "Default" is no part of logical ids: resources keep theirs, wherever the construct stands
    this.lamella = new Lamella(this, "Default", { ...props, name: this.stackName });
    const { buckets, stateMachineArn, deadLetters, notifications, dashboard } = this.lamella;
    const output = (id: string, value: string, description: string): void => {
      new CfnOutput(this, id, { value, description });
    };
    output(
      "DataBucket",
      buckets.data.bucketName,
      "Inputs and outputs; an image uploaded under incoming/ is converted",
    );
    output("ControlBucket", buckets.control.bucketName, "Plans, manifests and receipts of runs");
    output(
      "StateMachine",
      stateMachineArn,
      "Carries out runs: start-execution takes a pipeline, a pipelineUri or a convert request",
    );
    output("DeadLetterQueue", deadLetters.queue.queueArn, "Events of uploads that were given up");
    output("RedriveQueue", deadLetters.again.queueArn, "Where dead letters are moved to be taken again");
    if (notifications)
      output("Topic", notifications.topic.topicArn, "Told of alarms and of runs that failed");
    if (dashboard) output("Dashboard", dashboard.name, "Runs, functions and uploads in CloudWatch");
  }
}
