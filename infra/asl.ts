// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation substitutes them when it deploys
import { LOST_WORKERS } from "../shared/engine/aws/lost-workers.ts";
import type { Json } from "../shared/errors.ts";

/** A state of the Amazon States Language, or the whole machine, as plain JSON. */
export type Asl = { readonly [key: string]: Json };

/** Too many functions at once for the account, or for the function's network. */
export const THROTTLES = ["Lambda.TooManyRequestsException", "Lambda.EC2ThrottledException"];

/** Faults of the service or of the network, not of the request: worth another attempt. */
const SERVICE_FAULTS = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ResourceNotReadyException",
  "STORAGE_FAILED",
];

/**
 * What is tried again where it is: throttles patiently, service faults a few times. A user's error (a coded error of
 * Lamella) is in no list: another attempt would fail alike. Together they wait less than an Express child lives.
 */
export const RETRY: readonly Asl[] = [
  {
    ErrorEquals: THROTTLES,
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 8,
    MaxDelaySeconds: 60,
    JitterStrategy: "FULL",
  },
  {
    ErrorEquals: SERVICE_FAULTS,
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 5,
    MaxDelaySeconds: 30,
    JitterStrategy: "FULL",
  },
];

/** For functions without a larger one to go to: once more where one was lost. */
export const RETRY_LOST: Asl = {
  ErrorEquals: [...LOST_WORKERS],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 1,
  JitterStrategy: "FULL",
};

/** Stands for the partition in ARNs of the definition. */
export const PARTITION = "${Partition}";
export const INVOKE = `arn:${PARTITION}:states:::lambda:invoke`;

/** Copies fields of a state's input under the same names. */
export function fields(...names: readonly string[]): Asl {
  return Object.fromEntries(names.map((name) => [`${name}.$`, `$.${name}`]));
}
