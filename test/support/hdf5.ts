import { Hdf5Dataset } from "../../shared/formats/hdf5/dataset.ts";
import type { Hdf5File } from "../../shared/formats/hdf5/file.ts";
import { openHdf5File } from "../../shared/formats/hdf5/open.ts";
import type { ObjectStore } from "../../shared/storage/store.ts";
import { md5Of, readArray } from "./read-array.ts";

/** A dataset's shape, dtype and MD5, as the digests of h5py have them: "4x5 uint16 …". */
export async function digestOf(file: Hdf5File, path: string): Promise<string> {
  const dataset = await Hdf5Dataset.open(file, path);
  return `${dataset.shape.join("x")} ${dataset.dtype} ${md5Of(await readArray(dataset))}`;
}

export function openFixture(path: string, wrap?: (store: ObjectStore) => ObjectStore): Promise<Hdf5File> {
  return openHdf5File(path, wrap ? { wrap } : {});
}
