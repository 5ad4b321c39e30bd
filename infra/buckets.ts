import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface LamellaBucketsProps {
  readonly runRetentionDays: number;
  readonly key: IKey | undefined;
  readonly versioning: boolean;
  /** An existing bucket to work in. */
  readonly dataBucket: string | undefined;
}

/** Days that what was replaced or removed can be had back, where versions are kept. */
const NONCURRENT_DAYS = 30;

/**
 * The data bucket (images in, OME-Zarr out) and the control bucket (runs/, uploads/). Two, so that the state
 * machine's right to read manifests and write results reaches no image. Both outlive the stack. An existing data bucket is
 * taken as it is: its owner sees to encryption, TLS, and that it sends its events to EventBridge.
 */
export class LamellaBuckets extends Construct {
  readonly data: IBucket;
  readonly control: IBucket;

  constructor(scope: Construct, id: string, props: LamellaBucketsProps) {
    super(scope, id);
    const { key } = props;
    const common = {
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    const encryption = key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED };
    const unfinishedUploads: LifecycleRule = { abortIncompleteMultipartUploadAfter: Duration.days(7) };

    const logs = new Bucket(this, "Logs", {
      ...common,
      // S3 delivers access logs to buckets with its own keys alone
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(90), ...unfinishedUploads }],
    });

    this.data =
      props.dataBucket === undefined
        ? this.#madeData({ ...common, ...encryption }, logs, props)
        : Bucket.fromBucketName(this, "Data", props.dataBucket);

    this.control = new Bucket(this, "Control", {
      ...common,
      ...encryption,
      serverAccessLogsBucket: logs as IBucket,
      serverAccessLogsPrefix: "control/",
      lifecycleRules: [
        // what says which upload made which output lies under uploads/ and must not expire
        { prefix: "runs/", expiration: Duration.days(props.runRetentionDays) },
        { prefix: "maps/", expiration: Duration.days(props.runRetentionDays) },
        unfinishedUploads,
      ],
    }) as IBucket;
  }

  #madeData(common: object, logs: Bucket, { versioning }: LamellaBucketsProps): IBucket {
    const data = new Bucket(this, "Data", {
      ...common,
      versioned: versioning,
      serverAccessLogsBucket: logs as IBucket,
      serverAccessLogsPrefix: "data/",
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          ...(versioning
            ? {
                noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
                expiredObjectDeleteMarker: true,
              }
            : {}),
        },
      ],
    });
    // set on the resource itself: `eventBridgeEnabled` would add a custom resource and a seventh function for it
    (data.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    return data as IBucket;
  }
}
