import { LamellaError } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { formatUri, openObject, parseUri } from "../storage/uri.ts";
import { ByteFile, type ObjectRef } from "./byte-file.ts";
import type { ImageFile } from "./image.ts";
import { BIO_FORMATS, MAGIC_BYTES, recognise } from "./magic.ts";
import { openCompanion, openTiff } from "./tiff/open-tiff.ts";

export interface OpenImageOptions {
  /** The folder that relative paths start from. */
  readonly base?: string;
  /** Puts a store (one that counts, say) around the one that the file is read from. */
  readonly wrap?: (store: ObjectStore) => ObjectStore;
}

/** Opens the image file that a path or URI names; a "#component" is the caller's. Throws as `openImage`, UNSUPPORTED_URI. */
export async function openImageFile(uri: string, options: OpenImageOptions = {}): Promise<ImageFile> {
  const { component: _, ...location } = parseUri(uri, options.base);
  const { store, key } = await openObject(location);
  return openImage({ store: options.wrap ? options.wrap(store) : store, key, uri: formatUri(location) });
}

/**
 * Opens an image file of any format that is read, by its first bytes and not its name: TIFF, OME-TIFF (several
 * files too), the companion OME-XML of one, and Zeiss CZI. Reads headers only.
 *
 * Throws NOT_FOUND, UNKNOWN_FORMAT (saying what the file is, where that is known), and the errors of the format.
 */
export async function openImage(ref: ObjectRef): Promise<ImageFile> {
  const file = await ByteFile.open(ref);
  const found = recognise(await file.read(0, MAGIC_BYTES), file.name);
  if (found?.format === "tiff") return openTiff(file);
  if (found?.format === "ome-xml") return openCompanion(file);
  if (found?.format === "czi") return (await import("./czi/open-czi.ts")).openCzi(file);
  throw new LamellaError(
    "UNKNOWN_FORMAT",
    file.size === 0
      ? `${file.uri} is empty`
      : found
        ? `${file.uri} is ${found.name}, which is not read here`
        : `${file.uri} is of no format that is known`,
    {
      hint: found?.hint ?? `TIFF, OME-TIFF, Zeiss CZI, HDF5, N5 and Zarr are read here. ${BIO_FORMATS}`,
      details: { file: file.uri, ...(found ? { format: found.name } : {}) },
    },
  );
}
