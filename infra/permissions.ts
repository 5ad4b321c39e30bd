import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { CfnBucket, IBucket } from "aws-cdk-lib/aws-s3";

/** The objects of a bucket's folder: their ARN pattern, and how cdk-nag names the wildcard in it. */
export interface Objects {
  readonly arn: string;
  readonly finding: string;
}

type ObjectAction = "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject";

/** All objects under a folder of a bucket; "" is the whole bucket. The folder may hold wildcards. */
export function inFolder(bucket: IBucket, folder: string): Objects {
  const pattern = folder === "" ? "*" : `${folder}/*`;
  const arn = bucket.arnForObjects(pattern);
  const made = bucket.node.defaultChild as CfnBucket | undefined;
  if (!made) return { arn, finding: `arn:<AWS::Partition>:s3:::${bucket.bucketName}/${pattern}` };
  return { arn, finding: `<${Stack.of(bucket).getLogicalId(made)}.Arn>/${pattern}` };
}

/** One action on objects. */
export function onObjects(action: ObjectAction, ...objects: readonly Objects[]): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [action],
    resources: objects.map(({ arn }) => arn),
  });
}

/** Takes an action on objects away, whatever else allows it. */
export function neverOn(action: ObjectAction, ...objects: readonly Objects[]): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.DENY,
    actions: [action],
    resources: objects.map(({ arn }) => arn),
  });
}

/** Listing; without it S3 answers 403 instead of 404 for an absent key, and an absent chunk is an ordinary thing. */
export function listBuckets(...buckets: readonly IBucket[]): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ["s3:ListBucket"],
    resources: buckets.map((bucket) => bucket.bucketArn),
  });
}

/** What reading and writing objects under a key needs, and the variables of a function. */
export function useKey(key: IKey): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resources: [key.keyArn],
  });
}
