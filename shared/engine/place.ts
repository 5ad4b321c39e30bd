import type { PlaceOptions } from "../array/runner.ts";
import { LamellaError } from "../errors.ts";

export function isOnAws({ on }: PlaceOptions): boolean {
  return on === "aws" || on === "lambda";
}

/** Throws INVALID_ARGUMENT for options that mean nothing on this computer. */
export function checkPlace({ on, stack }: PlaceOptions): void {
  if (on !== undefined && on !== "local") {
    throw new LamellaError("INVALID_ARGUMENT", `the option "on" is ${JSON.stringify(on)}`, {
      hint: 'Computations run on "local", which is the default, "aws" or "lambda".',
    });
  }
  if (stack === undefined) return;
  throw new LamellaError("INVALID_ARGUMENT", 'the option "stack" needs on: "aws" or on: "lambda"', {
    hint: "Add on, or leave stack out: without it the computation runs on this computer.",
  });
}
