import { type ErrorCode, LamellaError } from "../errors.ts";
import { BadBody } from "./body.ts";

/** Connections that broke, as against hosts that don't exist or don't listen. */
const BROKEN = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"]);
const THROTTLED = new Set([
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "RequestTimeout",
  "TimeoutError",
]);
/** Answers of S3 to a conditional write that another write met. */
const CONFLICT = new Set(["ConditionalRequestConflict", "OperationAborted"]);
const NO_CREDENTIALS = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "TokenRefreshRequired",
]);

/** What the SDK's errors have in common. */
interface Facts {
  readonly name: string;
  readonly message: string;
  readonly status: number;
  readonly errno: string;
  /** Tries within the SDK. */
  readonly attempts: number;
}

/** Name, HTTP status and errno of an error of the SDK; status 0 where no answer came. */
export function factsOf(error: unknown): Facts {
  const { name, message, code, $metadata } = (error ?? {}) as {
    name?: string;
    message?: string;
    code?: unknown;
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
  return {
    name: name ?? "",
    message: message ?? String(error),
    status: $metadata?.httpStatusCode ?? 0,
    errno: typeof code === "string" ? code : "",
    attempts: $metadata?.attempts ?? 1,
  };
}

/** True for what may pass when tried again: throttles, faults of the service, broken connections and bodies. */
export function isTransientS3(error: unknown): boolean {
  if (error instanceof LamellaError) return false;
  if (error instanceof BadBody || isChecksumMismatch(error)) return true;
  const { name, status, errno } = factsOf(error);
  if (THROTTLED.has(name) || CONFLICT.has(name) || BROKEN.has(errno)) return true;
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 507);
}

/** An error of the SDK as a coded one that names bucket and key. Coded errors pass through. */
export function s3Error(error: unknown, action: string, bucket: string, key: string): LamellaError {
  if (error instanceof LamellaError) return error;
  const { name, message, status, errno } = factsOf(error);
  const where = key === "" ? `s3://${bucket}` : `s3://${bucket}/${key}`;
  const [code, reason, hint] = explain(error, bucket);
  return new LamellaError(code, `Cannot ${action} ${where}: ${reason}`, {
    hint,
    details: { bucket, key, error: errno === "" ? name : errno, status, message },
    cause: error,
  });
}

function explain(error: unknown, bucket: string): [code: ErrorCode, reason: string, hint: string] {
  const { name, message, status, errno } = factsOf(error);
  if (NO_CREDENTIALS.has(name)) {
    const expired = name.startsWith("Expired") || /expired/i.test(message);
    return [
      "NO_CREDENTIALS",
      expired ? "the AWS credentials have expired" : "no AWS credentials were found",
      expired
        ? "Renew them, for instance with `aws sso login`, and try again."
        : "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`; a public bucket can be read by its https:// address.",
    ];
  }
  if (name === "NoSuchBucket") {
    return [
      "NOT_FOUND",
      `there is no bucket ${bucket}`,
      "Check the bucket's name, and that the credentials are of the account meant.",
    ];
  }
  if (name === "InvalidAccessKeyId" || name === "SignatureDoesNotMatch") {
    return [
      "ACCESS_DENIED",
      "S3 doesn't accept these credentials",
      "Check the access key and its secret, and AWS_ENDPOINT_URL if it is set.",
    ];
  }
  if (status === 403 || status === 401) {
    return [
      "ACCESS_DENIED",
      "access denied",
      "Grant s3:GetObject, s3:PutObject or s3:DeleteObject on it, and s3:ListBucket on the bucket: without that S3 also says 403 for objects that don't exist.",
    ];
  }
  if (name === "KeyTooLongError")
    return ["UNSAFE_KEY", "the key is too long", "S3 keys have at most 1,024 bytes."];
  if (status === 507) return ["STORAGE_FULL", "the storage is full", "Free some space, then resume."];
  if (isChecksumMismatch(error)) {
    return [
      "CHECKSUM_MISMATCH",
      "the bytes don't match their checksum",
      "Try again; if it stays, write the object anew.",
    ];
  }
  if (errno === "ECONNREFUSED" || errno === "ENOTFOUND") {
    return [
      "STORAGE_FAILED",
      `no server answers (${errno})`,
      "Check the network, and AWS_ENDPOINT_URL if it is set.",
    ];
  }
  const reason = status === 0 ? message : `${name} (HTTP ${status}): ${message}`;
  return ["STORAGE_FAILED", reason, "Try again or resume: what is written stays valid."];
}

function isChecksumMismatch(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Checksum mismatch");
}
