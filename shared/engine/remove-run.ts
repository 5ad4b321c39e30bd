import type { RunFolder } from "./run-folder.ts";

/** What a removal that is cut short leaves for the next: without them there is no run. */
const LAST = ["plan.json", "state.json"];

/** Removes a run's folder; tells how many objects there were. */
export async function removeRun(folder: RunFolder): Promise<number> {
  let objects = 0;
  for await (const { key } of folder.store.list("")) {
    objects++;
    if (!LAST.includes(key)) await folder.store.delete(key);
  }
  await folder.store.sweep?.();
  for (const key of LAST) await folder.store.delete(key);
  return objects;
}
