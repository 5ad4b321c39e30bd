import { crc32 } from "node:zlib";
import { LamellaError } from "../errors.ts";
import { RUN_FOLDER } from "../plan/builder.ts";
import type { Plan } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore } from "../storage/uri.ts";
import { type Receipt, readProgress } from "./receipts.ts";
import type { RunFolder } from "./run-folder.ts";

/**
 * Whether what a receipt promises is still there: every object with its size; with `deep`, its checksum too. Only
 * then are its tasks passed over when a run is resumed.
 */
export async function verifyReceipt(
  plan: Plan,
  folder: RunFolder,
  receipt: Receipt,
  deep: boolean,
): Promise<boolean> {
  const stores = new Map<string, ObjectStore>();
  for (const [array, key, size, checksum] of receipt.objects) {
    if (size === 0) continue;
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
