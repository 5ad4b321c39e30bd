import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { Effect, Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping, type IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { LamellaBuckets } from "./buckets.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { LamellaFunctions } from "./functions.ts";
import type { RunStateMachine } from "./state-machine.ts";

export interface UploadTriggerProps {
  readonly buckets: LamellaBuckets;
  readonly functions: LamellaFunctions;
  readonly machine: RunStateMachine;
  readonly deadLetters: DeadLetters;
}

/**
 * An object created under `incoming/` of the data bucket invokes `ingest`, which starts the state machine; so does a dead letter
 * that was moved to the queue of events to take again.
 */
export class UploadTrigger extends Construct {
  readonly ruleName: string;

  constructor(
    scope: Construct,
    id: string,
    { buckets, functions, machine, deadLetters }: UploadTriggerProps,
  ) {
    super(scope, id);
    const { ingest } = functions;
    ingest.function.addEnvironment("STATE_MACHINE", machine.arn);
    const rights = new Policy(this, "StartRuns", {
      roles: [ingest.role],
      statements: [
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ["states:StartExecution"],
          resources: [machine.arn],
        }),
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ["sqs:SendMessage"],
          resources: [deadLetters.queue.queueArn],
        }),
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
          resources: [deadLetters.again.queueArn],
        }),
      ],
    });
    const again = new EventSourceMapping(this, "DeadLettersAgain", {
      target: ingest.function as IFunction,
      eventSourceArn: deadLetters.again.queueArn,
      batchSize: 1,
    });
    again.node.addDependency(rights);
    const rule = new Rule(this, "ObjectCreated", {
      description: "Starts the conversion of images uploaded under incoming/",
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: {
          bucket: { name: [buckets.data.bucketName] },
          object: { key: [{ prefix: "incoming/" }] },
        },
      },
      targets: [
        new LambdaTarget(ingest.function, {
          deadLetterQueue: deadLetters.queue,
          maxEventAge: Duration.hours(6),
          retryAttempts: 10,
        }),
      ],
    });
    this.ruleName = rule.ruleName;
  }
}
