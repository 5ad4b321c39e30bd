import { LamellaError } from "../errors.ts";

/** The error for an object that is no longer the one that was planned with. */
export function inputChanged(uri: string, key: string, expected: string, found?: string): LamellaError {
  return new LamellaError("INPUT_CHANGED", `${uri}/${key} has changed since it was first read`, {
    hint: "Leave inputs alone while a run reads them; plan and run again to use the new version.",
    details: { uri, key, expected, ...(found === undefined ? {} : { found }) },
  });
}

/** Throws INPUT_CHANGED where an ETag is asked for and another was found. */
export function checkEtag(uri: string, key: string, expected: string | undefined, found: string): void {
  if (expected !== undefined && expected !== found) throw inputChanged(uri, key, expected, found);
}
