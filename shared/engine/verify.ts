import { crc32 } from "node:zlib";
import { LamellaError } from "../errors.ts";
import type { Plan } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import type { ListedObjects, Listing } from "./listed-objects.ts";
import { type Receipt, readProgress } from "./receipts.ts";
import type { RunFolder } from "./run-folder.ts";
import { storeOf } from "./stored-place.ts";

/**
 * Whether what a receipt promises is still there: every object with its size; with `deep`, its checksum too. Only
 * then are its tasks passed over when a run is resumed. Objects that `listed` knows of are not asked for one by one.
 */
export async function verifyReceipt(
  plan: Plan,
  folder: RunFolder,
  receipt: Receipt,
  deep: boolean,
  listed?: ListedObjects,
): Promise<boolean> {
  const stores = new Map<string, ObjectStore>();
  const listings = new Map<string, Listing | undefined>();
  for (const [array, key, size, checksum] of receipt.objects) {
    if (size === 0) continue;
    if (listed && !deep) {
      if (!listings.has(array)) listings.set(array, await listed.listing(array));
      const holds = listings.get(array)?.holds(key, size);
      if (holds === false) return false;
      if (holds) continue;
    }
    const store = await storeOf(plan, folder, array, stores);
    if (!store) return false;
    if (deep) {
      const bytes = await store.get(key);
      if (bytes?.byteLength !== size || crc32(bytes).toString(16).padStart(8, "0") !== checksum) return false;
    } else if ((await store.head(key))?.size !== size) return false;
  }
  return true;
}

/** Reads every output object of a finished run again. Throws CHECKSUM_MISMATCH where one isn't what was written. */
export async function requireOutputs(plan: Plan, folder: RunFolder): Promise<void> {
  const outputs = (array: string) => plan.arrays[array]?.role === "output";
  for (let stage = 0; stage < plan.stages.length; stage++) {
    await readProgress(folder, plan, stage, async (receipt) => {
      const objects = receipt.objects.filter(([array]) => outputs(array));
      if (await verifyReceipt(plan, folder, { ...receipt, objects }, true)) return true;
      throw new LamellaError(
        "CHECKSUM_MISMATCH",
        `tasks ${receipt.start} to ${receipt.end - 1} of stage ${plan.stages[stage]!.name} wrote other bytes than are there now`,
        {
          hint: "The output changed after the run: run again with --overwrite.",
          details: { stage, task: receipt.start },
        },
      );
    });
  }
}
