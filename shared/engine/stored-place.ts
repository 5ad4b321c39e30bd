import { RUN_FOLDER } from "../plan/builder.ts";
import type { Plan } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore } from "../storage/uri.ts";
import type { RunFolder } from "./run-folder.ts";

/** Where an array of a plan is written; undefined for an input. Opened stores are kept in `known`. */
export async function storeOf(
  plan: Plan,
  folder: RunFolder,
  array: string,
  known: Map<string, ObjectStore>,
): Promise<ObjectStore | undefined> {
  if (array === "run") return folder.store;
  const found = plan.arrays[array];
  if (!found || found.role === "input") return undefined;
  if (found.uri === RUN_FOLDER) return folder.store;
  const store = known.get(found.uri) ?? (await openStore(found.uri));
  known.set(found.uri, store);
  return store;
}
