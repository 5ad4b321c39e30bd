import { toLamellaError } from "../shared/errors.ts";
import { paint } from "./paint.ts";

/** Prints an error as the interface says and gives its exit status. Never a bare stack trace; --verbose adds the cause. */
export function reportError(thrown: unknown, json: boolean): number {
  const error = toLamellaError(thrown);
  if (json) {
    process.stdout.write(`${JSON.stringify({ error: error.toJSON() })}\n`);
    return error.exitStatus;
  }
  process.stderr.write(`${paint("red", `error[${error.code}]`)}: ${error.message}\n`);
  if (error.hint) process.stderr.write(`${paint("cyan", "hint")}: ${error.hint}\n`);
  if (process.argv.includes("--verbose")) {
    const cause = error.cause ?? thrown;
    if (cause instanceof Error && cause.stack) process.stderr.write(`${paint("dim", cause.stack)}\n`);
  }
  return error.exitStatus;
}
