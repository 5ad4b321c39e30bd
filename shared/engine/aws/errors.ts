import { isLamellaError, LamellaError } from "../../errors.ts";

/** An error of the AWS SDK as a coded one. `doing` completes "while ...". */
export function awsError(thrown: unknown, doing: string): LamellaError {
  if (isLamellaError(thrown)) return thrown;
  const name = thrown instanceof Error ? thrown.name : "Error";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const options = { details: { error: name }, cause: thrown };
  if (
    /^(CredentialsProviderError|TokenProviderError|UnrecognizedClientException|ExpiredToken\w*|InvalidSignatureException)$/.test(
      name,
    )
  ) {
    return new LamellaError("NO_CREDENTIALS", `no valid AWS credentials while ${doing}: ${message}`, {
      ...options,
      hint: "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` shows who you are.",
    });
  }
  if (/region is missing/i.test(message)) {
    return new LamellaError("NO_CREDENTIALS", `no AWS region is set while ${doing}`, {
      ...options,
      hint: "Set AWS_REGION, or the profile's region.",
    });
  }
  if (isUnreachable(thrown)) {
    return new LamellaError("RUN_FAILED", `AWS can't be reached while ${doing}: ${message}`, {
      ...options,
      hint: "Check AWS_REGION, which is part of the host's name, AWS_ENDPOINT_URL where it is set, the network and a proxy; `lamella doctor` looks at them.",
    });
  }
  if (/^AccessDenied/.test(name)) {
    return new LamellaError("ACCESS_DENIED", `access denied while ${doing}: ${message}`, {
      ...options,
      hint: "The message names the missing right; ask whoever administers the account for it.",
    });
  }
  if (/^(StateMachineDoesNotExist|StateMachineDeleting|ResourceNotFoundException)$/.test(name)) {
    return new LamellaError("STACK_NOT_FOUND", `Lamella's stack is not there while ${doing}: ${message}`, {
      ...options,
      hint: "Deploy it with `lamella deploy`, or check AWS_REGION, AWS_PROFILE and LAMELLA_STACK.",
    });
  }
  return new LamellaError("RUN_FAILED", `AWS answered with ${name} while ${doing}: ${message}`, {
    ...options,
    hint: "Try again; if it lasts, the AWS health page and the account's quotas are the next places to look.",
  });
}

/** Nobody answered: no such host, no network, a proxy that is not there. */
function isUnreachable(thrown: unknown): boolean {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return (
    typeof code === "string" &&
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/.test(code)
  );
}
