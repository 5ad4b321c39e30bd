import { ArnFormat, Aws, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";

/**
 * The customer-managed key for everything at rest: "own" makes one that outlives the stack, as the buckets do whose objects it
 * opens; an ARN names one, whose policy must say what `serviceStatements` says (docs/operations.md shows it).
 */
export function encryptionKey(scope: Construct, kmsKey: string | undefined): IKey | undefined {
  if (kmsKey === undefined) return undefined;
  if (kmsKey !== "own") return Key.fromKeyArn(scope, "Key", kmsKey);
  const key = new Key(scope, "Key", {
    description: `Lamella's data at rest, stack ${Stack.of(scope).stackName}`,
    enableKeyRotation: true,
  });
  for (const statement of serviceStatements(scope)) key.addToResourcePolicy(statement);
  return key;
}

/** What the services that write on the account's behalf may do with the key. Roles have their rights in their own policies. */
export function serviceStatements(scope: Construct): PolicyStatement[] {
  const groups = Stack.of(scope).formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: "*",
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const use = ["kms:Decrypt", "kms:GenerateDataKey"];
  return [
    new PolicyStatement({
      sid: "LogGroupsOfThisAccount",
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
      actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      resources: ["*"],
      conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": groups } },
    }),
    new PolicyStatement({
      sid: "AlarmsAndBudgetsToTheTopic",
      principals: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"].map((s) => new ServicePrincipal(s)),
      actions: use,
      resources: ["*"],
      conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
    }),
    // without a condition: EventBridge doesn't say for whom it sends to a topic or a dead-letter queue
    new PolicyStatement({
      sid: "EventsToTheTopicAndTheQueue",
      principals: [new ServicePrincipal("events.amazonaws.com")],
      actions: use,
      resources: ["*"],
    }),
  ];
}
