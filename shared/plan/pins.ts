import { createHash } from "node:crypto";
import { LamellaError } from "../errors.ts";
import { openStore } from "../storage/uri.ts";
import type { Plan } from "./schema.ts";

/**
 * Fingerprints of whole Zarr and N5 arrays: the names, sizes and ETags of all their objects, beside the hash of their metadata that a plan
 * has anyway. By "<uri>#<path>/**", as they stand among an input's fingerprints.
 */
export type Pins = ReadonlyMap<string, string>;

const SUFFIX = "/**";

export function pinKey(uri: string, path: string): string {
  return `${uri}#${path}${SUFFIX}`;
}

/** Whether a plan was made with its inputs pinned. */
export function isPinned(plan: Plan): boolean {
  return pinned(plan).next().done !== true;
}

/** Lists the pinned inputs of a plan again. Throws INPUT_CHANGED where any of their objects is another than when it was made. */
export async function checkPins(plan: Plan): Promise<void> {
  for (const { uri, path, digest } of pinned(plan)) {
    if ((await digestOf(uri, path)) === digest) continue;
    throw new LamellaError("INPUT_CHANGED", `chunks of ${uri}#${path} changed since the plan was made`, {
      hint: "Results of two inputs are not mixed: start a new run (with --overwrite for the same output).",
      details: { uri, path },
    });
  }
}

function* pinned(plan: Plan): Generator<{ uri: string; path: string; digest: string }> {
  for (const array of Object.values(plan.arrays)) {
    if (array.role !== "input") continue;
    const { source } = array;
    if (source.kind !== "zarr" && source.kind !== "n5") continue;
    const digest = array.fingerprints[pinKey(source.uri, source.path)];
    if (digest !== undefined) yield { uri: source.uri, path: source.path, digest };
  }
}

/** Over the key, size and ETag of every object of an array, in the order of keys. */
export async function digestOf(uri: string, path: string): Promise<string> {
  const hash = createHash("sha256");
  const store = await openStore(uri);
  for await (const { key, size, etag } of store.list(path === "" ? "" : `${path}/`))
    hash.update(`${key}\n${size}\n${etag}\n`);
  return hash.digest("hex");
}
