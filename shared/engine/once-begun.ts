import { LamellaError } from "../errors.ts";

/**
 * An error that ends a run, or the watching of one, that has begun. Of a command NO_CREDENTIALS says that nothing was written; where
 * credentials expire on the way something is, and it ends as a run that failed. `next` completes "Then ...".
 */
export function onceBegun(error: LamellaError, next: string): LamellaError {
  if (error.code !== "NO_CREDENTIALS") return error;
  const { code, message, hint, details, cause } = error;
  return new LamellaError(code, message, {
    hint: `${hint ? `${hint} ` : ""}Then ${next}`,
    details,
    ...(cause === undefined ? {} : { cause }),
    exitStatus: 1,
  });
}
