import type { ChunkedSource } from "../block/chunked-source.ts";
import { LamellaError } from "../errors.ts";
import type { Hdf5File } from "../formats/hdf5/file.ts";
import type { InputArray } from "../plan/schema.ts";
import { CountingStore, type TransferCount } from "../storage/counting.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openZarrArray } from "../zarr/read.ts";

type Source<K extends InputArray["source"]["kind"]> = Extract<InputArray["source"], { kind: K }>;

/**
 * Opens an input of a plan. Most workers read Zarr alone, and start sooner without the other formats. Throws INPUT_CHANGED where it
 * isn't what the plan was made for, and the errors of its format.
 */
export async function openInput(
  array: InputArray,
  storeOf: (uri: string) => Promise<ObjectStore>,
  count: TransferCount,
): Promise<ChunkedSource> {
  const { source } = array;
  switch (source.kind) {
    case "zarr": {
      const opened = await openZarrArray(await storeOf(source.uri), source.path);
      checkFingerprint(array, `${source.uri}#${source.path}`, opened.metadataHash);
      return opened;
    }
    case "n5": {
      const { openN5Array } = await import("../formats/n5/open.ts");
      const opened = await openN5Array(await storeOf(source.uri), source.path);
      checkFingerprint(array, `${source.uri}#${source.path}`, opened.metadataHash);
      return opened;
    }
    case "hdf5": {
      const { Hdf5Dataset } = await import("../formats/hdf5/dataset.ts");
      const file = await hdf5File(source.uri, count);
      checkFingerprint(array, source.uri, file.file.etag);
      return Hdf5Dataset.open(file, source.path);
    }
    case "image":
      return openSeries(array, source, count);
  }
}

/** Files that are open: an image may be made of many datasets of one file, and each file keeps pages of it. */
const hdf5Files = new WeakMap<TransferCount, Map<string, Promise<Hdf5File>>>();
let forgetLibrary: (() => void) | undefined;

/** Lets go of what a worker's HDF5 files hold; its datasets have to be opened again. */
export function forgetHdf5(count: TransferCount): void {
  hdf5Files.delete(count);
  forgetLibrary?.();
}

async function hdf5File(uri: string, count: TransferCount): Promise<Hdf5File> {
  const files = hdf5Files.get(count) ?? new Map<string, Promise<Hdf5File>>();
  hdf5Files.set(count, files);
  let file = files.get(uri);
  if (!file) {
    file = openFile(uri, count);
    files.set(uri, file);
    file.catch(() => files.delete(uri));
  }
  return file;
}

async function openFile(uri: string, count: TransferCount): Promise<Hdf5File> {
  const { openHdf5File } = await import("../formats/hdf5/open.ts");
  const { Hdf5Library } = await import("../formats/hdf5/library.ts");
  forgetLibrary = () => Hdf5Library.forget();
  return openHdf5File(uri, { wrap: (store) => new CountingStore(store, count) });
}

async function openSeries(
  array: InputArray,
  { uri, series, level }: Source<"image">,
  count: TransferCount,
): Promise<ChunkedSource> {
  const { openImageFile } = await import("../formats/open-image.ts");
  const file = await openImageFile(uri, { wrap: (store) => new CountingStore(store, count) });
  for (const [name, tag] of Object.entries(file.fingerprints)) checkFingerprint(array, name, tag);
  const found = file.series[series];
  const source = level === 0 ? found?.source : found?.levels[level - 1];
  if (!source) {
    const what = level === 0 ? `series ${series}` : `level ${level} of series ${series}`;
    throw new LamellaError("INPUT_CHANGED", `${file.uri} no longer has ${what}`, {
      hint: "Start a new run, with --overwrite for the same output.",
      details: { uri: file.uri, series, level },
    });
  }
  return source;
}

function checkFingerprint(array: InputArray, uri: string, now: string): void {
  const then = array.fingerprints[uri];
  if (then === undefined || then === now) return;
  throw new LamellaError("INPUT_CHANGED", `${uri} changed since the plan was made`, {
    hint: "Results of two inputs are not mixed: start a new run (with --overwrite for the same output).",
    details: { uri, planned: then, now },
  });
}
