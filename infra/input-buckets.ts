import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { LamellaFunction } from "./function.ts";
import type { InputBucket } from "./options.ts";

/** How functions read further buckets: their rights, and what tells them of roles. */
export interface InputRights {
  readonly statements: readonly PolicyStatement[];
  /** Of these those that list: for who looks whether inputs changed, and reads none. */
  readonly listing: readonly PolicyStatement[];
  readonly environment: { readonly [name: string]: string };
  /** Accepts what cdk-nag finds of these rights on a function's role. */
  acknowledge(made: LamellaFunction): void;
}

/**
 * The rights to read further buckets. One of this account is read with the function's own role; one with `roleArn` by taking
 * that role on, which has the rights in the other account and must trust this one's roles. The latter is held by tests of
 * the template and against a pretended STS; it has not run on AWS yet.
 */
export function inputRights(scope: Construct, inputs: readonly InputBucket[]): InputRights {
  const { partition } = Stack.of(scope);
  const statements: PolicyStatement[] = [];
  const findings: string[] = [];
  const roles: { [bucket: string]: string } = {};
  const allow = (actions: string[], resources: string[], conditions?: { [test: string]: object }): void => {
    statements.push(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions,
        resources,
        ...(conditions ? { conditions } : {}),
      }),
    );
  };
  for (const { bucket, prefix, roleArn, kmsKeyArn } of inputs) {
    if (roleArn !== undefined) {
      roles[bucket] = roleArn;
      allow(["sts:AssumeRole"], [roleArn]);
      continue;
    }
    const objects = `${bucket}/${prefix === undefined ? "" : `${prefix}/`}*`;
    allow(["s3:GetObject"], [`arn:${partition}:s3:::${objects}`]);
    findings.push(`arn:<AWS::Partition>:s3:::${objects}`);
    allow(
      ["s3:ListBucket"],
      [`arn:${partition}:s3:::${bucket}`],
      prefix === undefined ? undefined : { StringLike: { "s3:prefix": [prefix, `${prefix}/*`] } },
    );
    if (kmsKeyArn !== undefined) allow(["kms:Decrypt"], [kmsKeyArn]);
  }
  const withRoles = Object.keys(roles).length > 0;
  return {
    statements,
    listing: statements.filter(({ actions }) =>
      actions.some((action) => ["s3:ListBucket", "sts:AssumeRole"].includes(action)),
    ),
    environment: withRoles ? { LAMELLA_BUCKET_ROLES: JSON.stringify(roles) } : {},
    acknowledge(made) {
      for (const finding of findings)
        made.acknowledge(
          finding,
          "Images of a bucket that is named as input; the right to read ends at its folder.",
        );
    },
  };
}
