import { LamellaError } from "../shared/errors.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import { openStore } from "../shared/storage/uri.ts";

/** An environment variable that the stack sets. Throws INTERNAL where it is missing. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new LamellaError("INTERNAL", `the environment variable ${name} is not set`, {
    hint: "Deploy the stack again: it sets the variables of its functions.",
  });
}

/** The control bucket: runs/ and uploads/. */
export function controlStore(): Promise<ObjectStore> {
  return openStore(`s3://${setting("CONTROL_BUCKET")}`);
}

/** The data bucket: incoming/, converted/ and whatever users keep there. */
export function dataStore(): Promise<ObjectStore> {
  return openStore(`s3://${setting("DATA_BUCKET")}`);
}
