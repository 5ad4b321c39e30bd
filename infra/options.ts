import { STAGE_CONCURRENCY } from "../shared/plan/aws-batches.ts";
import { AWS_FACTS } from "../shared/plan/aws-facts.ts";

/** What a stack can be made with. Every one has a default; `context.ts` reads them from the CDK app's context. */
export interface LamellaOptions {
  /** Days that a run's folder stays in the control bucket; it can be resumed until then. */
  readonly runRetentionDays?: number;
  /** Days that logs are kept: one of CloudWatch's own terms. */
  readonly logRetentionDays?: number;
  /** Hours after which a run that still goes is ended as timed out, and told of. */
  readonly runTimeoutHours?: number;
  /** Memory of the functions that compute, MB. */
  readonly tiersMB?: readonly number[];
  /** Functions that one stage of a run may have at once. */
  readonly maxConcurrency?: number;
  /** A customer-managed key for everything at rest: "own" makes one, an ARN names one of this account and region. */
  readonly kmsKey?: string;
  /** Keeps earlier versions of objects in the data bucket. */
  readonly versioning?: boolean;
  /** An existing bucket of this account to work in, instead of one of the stack's own. */
  readonly dataBucket?: string;
  /** Further buckets that functions may read, of this account or, by a role, of another. */
  readonly inputBuckets?: readonly InputBucket[];
  /** Runs functions in a network: "own" makes one without a way out, an id names one. */
  readonly vpc?: string;
  /** Of a network that is named: where its functions run. */
  readonly vpcSubnets?: readonly string[];
  readonly vpcSecurityGroups?: readonly string[];
  /** Web hosts that functions may read from over https: names, "*.example.org", "public", or "none". */
  readonly httpsHosts?: readonly string[];
  /** Lets steps of uploads, and of the state machine's requests, use the kernels that deployers publish. */
  readonly uploadKernels?: boolean;
  /** Alarms, and the topic that they and failed runs are sent to. */
  readonly alarms?: boolean;
  readonly dashboard?: boolean;
  /** Subscribed to the topic; it must be confirmed from the mail that comes. */
  readonly alarmEmail?: string;
  /** USD a month; told of at 80 % and 100 % of it, and when it is forecast to be passed. */
  readonly budgetUsd?: number;
  /** A container image with `bfconvert` and `aws`: adds the task that reads what is uploaded under `bioformats/`. */
  readonly bioFormatsImage?: string;
}

/** A bucket, or a folder of it, that functions may read. */
export interface InputBucket {
  readonly bucket: string;
  /** The folder that the right to read ends at; the whole bucket without. */
  readonly prefix?: string;
  /** Of another account: the role there that functions take on to read it. */
  readonly roleArn?: string;
  /** The key that its objects are encrypted with, where it is a customer's; for buckets read without a role. */
  readonly kmsKeyArn?: string;
}

export const DEFAULTS = {
  runRetentionDays: 30,
  logRetentionDays: 30,
  runTimeoutHours: 168,
  tiersMB: AWS_FACTS.lambda.tiersMB,
  maxConcurrency: STAGE_CONCURRENCY,
  httpsHosts: ["public"],
  alarms: true,
  dashboard: true,
} as const;
