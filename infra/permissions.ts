import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Bucket, CfnBucket } from "aws-cdk-lib/aws-s3";

/** The objects of a bucket's folder: their ARN pattern, and how cdk-nag names the wildcard in it. */
export interface Objects {
  readonly arn: string;
  readonly finding: string;
}

/** All objects under a folder of a bucket; "" is the whole bucket. */
export function inFolder(bucket: Bucket, folder: string): Objects {
  const pattern = folder === "" ? "*" : `${folder}/*`;
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  return { arn: bucket.arnForObjects(pattern), finding: `<${logicalId}.Arn>/${pattern}` };
}

/** One action on objects. */
export function onObjects(
  action: "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject",
  ...objects: readonly Objects[]
): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [action],
    resources: objects.map(({ arn }) => arn),
  });
}

/** Listing; without it S3 answers 403 instead of 404 for an absent key, and an absent chunk is an ordinary thing. */
export function listBuckets(...buckets: readonly Bucket[]): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ["s3:ListBucket"],
    resources: buckets.map((bucket) => bucket.bucketArn),
  });
}
