import { LamellaError } from "../errors.ts";

/**
 * An error that ends a run, or the watching of one, that has begun. Exit status 2 says of a command that it is wrong and that nothing was
 * written; what is met on the way, when something is (credentials that expire, a right that is taken away, a file that is gone), ends it
 * with 1, as a run that failed. `next` completes "Then ...": how to go on, which the hint says of credentials and rights.
 */
export function onceBegun(error: LamellaError, next?: string): LamellaError {
  if (error.exitStatus !== 2) return error;
  const { code, message, hint, details, cause } = error;
  const goesOn = next !== undefined && (code === "NO_CREDENTIALS" || code === "ACCESS_DENIED");
  const hints = [...(hint ? [hint] : []), ...(goesOn ? [`Then ${next}`] : [])].join(" ");
  return new LamellaError(code, message, {
    ...(hints === "" ? {} : { hint: hints }),
    details,
    ...(cause === undefined ? {} : { cause }),
    exitStatus: 1,
  });
}
