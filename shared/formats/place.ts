import { isLamellaError, type LamellaError } from "../errors.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { formatUri, type Location, openObject, openStore } from "../storage/uri.ts";
import { ZipStore } from "../storage/zip/store.ts";
import { ByteFile } from "./byte-file.ts";
import { MAGIC_BYTES, recognise } from "./magic.ts";
import { isN5 } from "./n5/open.ts";

/** What a place holds: a store of arrays, opened, or a file (or nothing at all). */
export type Place =
  | { readonly kind: "zarr" | "n5"; readonly store: ObjectStore }
  | { readonly kind: "hdf5" }
  | { readonly kind: "file" };

const ZARR_DOCUMENTS = ["zarr.json", ".zgroup", ".zarray"];

const MOST_USER_BLOCK = 1 << 20;

/** Tells what a place is, by metadata documents and first bytes. `component` is an array or group in it. Throws for damaged archives, and
 * for documents on the disk that mayn't be read; never for what isn't there. */
export async function recognisePlace(location: Location, component = ""): Promise<Place> {
  const store = await openStore(location);
  // Damage to an archive is told as that, not as a file of no known format.
  if (store instanceof ZipStore && (await magicOf(location)) !== undefined) await store.comment();
  const paths = [...new Set(["", component])];
  const documents = paths.flatMap((path) => ZARR_DOCUMENTS.map((name) => joinKey(path, name)));
  let denied: LamellaError | undefined;
  const found = await Promise.all([
    ...documents.map((key) =>
      store.head(key).catch((error: unknown) => {
        // an object store may say so of what isn't there
        if (location.scheme === "file" && isLamellaError(error) && error.code === "ACCESS_DENIED")
          denied = error;
        return undefined;
      }),
    ),
    isN5(store, component),
  ]);
  if (found.slice(0, -1).some(Boolean)) return { kind: "zarr", store };
  if (denied) throw denied;
  if (found.at(-1)) return { kind: "n5", store };
  return { kind: (await magicOf(location)) === "hdf5" ? "hdf5" : "file" };
}

async function magicOf(location: Location): Promise<string | undefined> {
  try {
    const { store, key } = await openObject(location);
    const file = await ByteFile.open({ store, key, uri: formatUri(location) });
    const format = recognise(await file.read(0, MAGIC_BYTES))?.format;
    if (format !== undefined || file.size < MAGIC_BYTES) return format;
    // A user's own block before the file proper has 512, 1024, ... bytes.
    const named = /\.(h5|hdf5|hdf|ims|nc)$/i.test(key);
    for (let at = MAGIC_BYTES; named && at < Math.min(file.size, MOST_USER_BLOCK); at *= 2)
      if (recognise(await file.read(at, 8))?.format === "hdf5") return "hdf5";
    return undefined;
  } catch {
    return undefined;
  }
}
