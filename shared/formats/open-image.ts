import { isLamellaError, LamellaError } from "../errors.ts";
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

async function openFile(ref: ObjectRef): Promise<ByteFile> {
  try {
    return await ByteFile.open(ref);
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "NOT_FOUND" || !(await isFolder(ref))) throw error;
    throw new LamellaError("NOT_ZARR", `${ref.uri} is a folder without Zarr or N5 metadata`, {
      hint: "An unfinished output has none yet: `lamella runs` lists the runs. Else name a file, a Zarr or an N5.",
      details: { file: ref.uri },
    });
  }
}

/** Whether a store has something below a key. */
async function isFolder({ store, key }: ObjectRef): Promise<boolean> {
  try {
    for await (const _ of store.list(key === "" ? "" : `${key}/`)) return true;
  } catch {
    // a store that can't list, such as HTTP, has no folders
  }
  return false;
}

/**
 * Opens an image file of any format that is read, by its first bytes and not its name: TIFF, OME-TIFF (several
 * files too), the companion OME-XML of one, and Zeiss CZI. Reads headers only.
 *
 * Throws NOT_FOUND, NOT_ZARR (a folder), UNKNOWN_FORMAT (saying what the file is, where that is known), and the errors of the format.
 */
export async function openImage(ref: ObjectRef): Promise<ImageFile> {
  const file = await openFile(ref);
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
