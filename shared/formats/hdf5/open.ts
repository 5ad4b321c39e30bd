import type { ObjectStore } from "../../storage/store.ts";
import { formatUri, openObject, parseUri } from "../../storage/uri.ts";
import { ByteFile } from "../byte-file.ts";
import { Hdf5File } from "./file.ts";

/** Opens the HDF5 file that a URI names; a "#dataset" is the caller's. Throws NOT_FOUND, HDF5_MALFORMED. */
export async function openHdf5File(
  uri: string,
  options: { readonly wrap?: (store: ObjectStore) => ObjectStore } = {},
): Promise<Hdf5File> {
  const { component: _, ...location } = parseUri(uri);
  const { store, key } = await openObject(location);
  return Hdf5File.open(
    await ByteFile.open({ store: options.wrap?.(store) ?? store, key, uri: formatUri(location) }),
  );
}
