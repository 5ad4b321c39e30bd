import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface LamellaBucketsProps {
  readonly runRetentionDays: number;
}

/**
 * The data bucket (images in, OME-Zarr out) and the control bucket (runs/, uploads/). Two, so that the state
 * machine's right to read manifests and write results reaches no image. Both outlive the stack.
 */
export class LamellaBuckets extends Construct {
  readonly data: Bucket;
  readonly control: Bucket;

  constructor(scope: Construct, id: string, props: LamellaBucketsProps) {
    super(scope, id);
    const common = {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    const unfinishedUploads = { abortIncompleteMultipartUploadAfter: Duration.days(7) };

    const logs = new Bucket(this, "Logs", {
      ...common,
      lifecycleRules: [{ expiration: Duration.days(90), ...unfinishedUploads }],
    });

    this.data = new Bucket(this, "Data", {
      ...common,
      serverAccessLogsBucket: logs as IBucket,
      serverAccessLogsPrefix: "data/",
      lifecycleRules: [unfinishedUploads],
    });
    // set on the resource itself: `eventBridgeEnabled` would add a custom resource and a seventh function for it
    (this.data.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };

    this.control = new Bucket(this, "Control", {
      ...common,
      serverAccessLogsBucket: logs as IBucket,
      serverAccessLogsPrefix: "control/",
      lifecycleRules: [
        // what says which upload made which output lies under uploads/ and must not expire
        { prefix: "runs/", expiration: Duration.days(props.runRetentionDays) },
        { prefix: "maps/", expiration: Duration.days(props.runRetentionDays) },
        unfinishedUploads,
      ],
    });
  }
}
