/** A check of checkov that the stack doesn't pass, on which resources of which variants, and why that is right. */
export interface AcknowledgedCheck {
  readonly check: string;
  /** Matches logical ids. */
  readonly resources: RegExp;
  /** The variants where it fails; elsewhere it must pass. */
  readonly variants: readonly string[];
  readonly reason: string;
}

const WITHOUT_KEY = ["default", "bare"];
const ALL = ["default", "bare", "all", "given"];
const WORKERS = "RunTasks|Reduce|Pyramid|Plan|Finalize";

export const ACKNOWLEDGED_CHECKS: readonly AcknowledgedCheck[] = [
  {
    check: "CKV_AWS_18",
    resources: /^BucketsLogs/,
    variants: ALL,
    reason: "It is the bucket of access logs: logging its own accesses into itself would never end.",
  },
  {
    check: "CKV_AWS_21",
    resources: /^Buckets(?:Logs|Control)/,
    variants: ALL,
    reason: "Logs and runs' folders are written once, and expire; old versions of them are of use to nobody.",
  },
  {
    check: "CKV_AWS_21",
    resources: /^BucketsData/,
    variants: WITHOUT_KEY,
    reason: "Versions double what an overwritten image costs; the option versioning keeps them.",
  },
  {
    check: "CKV_AWS_26",
    resources: /^NotificationsTopic/,
    variants: ["default"],
    reason:
      "Alarms can't publish under AWS's own key; the option kmsKey encrypts the topic under a customer's.",
  },
  {
    check: "CKV_AWS_27",
    resources: /^DeadLetters/,
    variants: WITHOUT_KEY,
    reason: "It is encrypted under SQS's own key, which this check doesn't know; kmsKey takes a customer's.",
  },
  {
    check: "CKV_AWS_158",
    resources: /Logs/,
    variants: WITHOUT_KEY,
    reason:
      "CloudWatch encrypts logs under its own key, and they hold no image data; kmsKey takes a customer's.",
  },
  {
    check: "CKV_AWS_173",
    resources: /^Functions.+Function/,
    variants: WITHOUT_KEY,
    reason:
      "The variables are names of buckets and functions, no secrets; kmsKey encrypts them under a customer's key.",
  },
  {
    check: "CKV_AWS_117",
    resources: /^Functions.+Function/,
    variants: WITHOUT_KEY,
    reason:
      "Functions reach S3 and Step Functions by their public endpoints over TLS; the option vpc puts them into a network.",
  },
  {
    check: "CKV_AWS_115",
    resources: /^Functions.+Function/,
    variants: ALL,
    reason:
      "A reserved share is taken from the rest of the account for good; the state machine's cap on concurrency spares it.",
  },
  {
    check: "CKV_AWS_116",
    resources: new RegExp(`^Functions(?:${WORKERS}).*Function`),
    variants: ALL,
    reason:
      "They are invoked synchronously by the state machine, which catches and records failures; a dead letter would never come.",
  },
  {
    check: "CKV_AWS_111",
    resources: /^Functions.+Role/,
    variants: ["all", "given"],
    reason:
      "Lambda's network interfaces have no resource-level rights; the function's own code is denied them by a condition.",
  },
];
