import type { ObjectStore } from "../shared/storage/store.ts";
import { openStore, parseUri } from "../shared/storage/uri.ts";

/** Where runs on this computer are kept: --runs, else LAMELLA_RUNS, else `.lamella` here. */
export async function controlStore(folder: string | undefined): Promise<ObjectStore> {
  return openStore(parseUri(folder ?? process.env["LAMELLA_RUNS"] ?? ".lamella"));
}
