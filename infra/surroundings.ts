import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { FunctionNetwork } from "./network.ts";

/** What all functions of a stack have in common. */
export interface Surroundings {
  readonly key: IKey | undefined;
  readonly network: FunctionNetwork | undefined;
  readonly logRetention: RetentionDays;
  /** Variables of every function. */
  readonly environment: { readonly [name: string]: string };
}

/** A term of CloudWatch by its days; `context.ts` has checked that there is one. */
export function retentionOf(days: number): RetentionDays {
  return days as RetentionDays;
}

/**
 * What Lambda needs to put a function into a network. These actions know no resources; that is why the function's own code is
 * denied them: Lambda itself calls them without naming a function.
 */
export function networkStatements(functionsArn: string): PolicyStatement[] {
  const actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ];
  return [
    new PolicyStatement({ effect: Effect.ALLOW, actions, resources: ["*"] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions,
      resources: ["*"],
      conditions: { ArnLike: { "lambda:SourceFunctionArn": functionsArn } },
    }),
  ];
}
