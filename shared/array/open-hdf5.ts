import { regularChunks } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import { hdf5Axes } from "../formats/hdf5/axes.ts";
import { bdvImages } from "../formats/hdf5/bdv.ts";
import { Hdf5Dataset } from "../formats/hdf5/dataset.ts";
import type { Hdf5File } from "../formats/hdf5/file.ts";
import { imarisImage, type StackedImage } from "../formats/hdf5/imaris.ts";
import { openHdf5File } from "../formats/hdf5/open.ts";
import { parseUri } from "../storage/uri.ts";
import { castTo } from "./cast.ts";
import { stack } from "./concatenate.ts";
import type { ArrayNode, SourceNode } from "./nodes.ts";
import { slice } from "./view.ts";

export interface FromHdf5Options {
  /** Path of the dataset, e.g. "/exported/data". Without it: an Imaris or BigDataViewer image, or the only dataset of numbers. */
  readonly dataset?: string;
  readonly step?: string;
}

/**
 * A lazy array over an HDF5 dataset; or over a whole Imaris or BigDataViewer image, as t, c, z, y, x. Reads metadata only. Equals
 * dask.array.from_array of h5py's dataset. Throws NOT_FOUND, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC, HDF5_MALFORMED, HDF5_UNSUPPORTED.
 */
export async function fromHdf5(uri: string, options: FromHdf5Options = {}): Promise<ArrayNode> {
  const file = await openHdf5File(uri);
  const path = trim(options.dataset ?? parseUri(uri).component ?? "");
  const images = path === "" ? await hdf5Images(file) : [];
  if (images.length > 0) return stackedNode(file, images[0]!, options.step);
  return datasetNode(file, path === "" ? await onlyDataset(file) : path, options.step);
}

/** The images of a file of a kind that is known. */
export async function hdf5Images(file: Hdf5File): Promise<StackedImage[]> {
  const imaris = await imarisImage(file);
  return imaris ? [imaris] : bdvImages(file);
}

/** Paths of the datasets of numbers with two axes or more, which can be images. */
export async function pictureDatasets(
  file: Hdf5File,
  below = "",
  unreadable: "refused" | "left out" = "refused",
): Promise<string[]> {
  const found: string[] = [];
  for (const path of await file.datasetsBelow(below)) {
    const dataset = await Hdf5Dataset.open(file, path).catch((error: unknown) => {
      // Tables and text are no pictures; pixels in a filter that isn't read are, and aren't left out in silence.
      const isPicture = error instanceof LamellaError && error.code === "UNSUPPORTED_CODEC";
      if (isPicture && unreadable === "refused") throw error;
      return undefined;
    });
    if (dataset && dataset.shape.length >= 2 && dataset.shape.length <= 5) found.push(path);
  }
  return found;
}

export async function datasetNode(file: Hdf5File, path: string, step?: string): Promise<SourceNode> {
  const dataset = await Hdf5Dataset.open(file, path);
  const { uri, etag } = file.file;
  return Object.freeze<SourceNode>({
    kind: "source",
    source: { kind: "hdf5", uri, path },
    fingerprints: { [uri]: etag },
    shape: dataset.shape,
    chunks: regularChunks(dataset.shape, dataset.chunkShape),
    dtype: dataset.dtype,
    axes: await hdf5Axes(file, path, dataset.shape),
    step: step ?? path.split("/").at(-1)!,
  });
}

/** Time points and channels, each a dataset, as one array. */
export async function stackedNode(file: Hdf5File, image: StackedImage, step?: string): Promise<ArrayNode> {
  const name = step ?? image.name;
  const times: ArrayNode[] = [];
  for (const paths of image.paths) {
    const channels: ArrayNode[] = [];
    for (const path of paths) {
      const node = await datasetNode(file, path, name);
      const { size } = image;
      const cut = size?.some((n, axis) => n < node.shape[axis]!)
        ? slice(
            node,
            size.map((n) => ({ start: 0, stop: n })),
            name,
          )
        : node;
      channels.push(image.dtype === undefined ? cut : castTo(cut, image.dtype, name));
    }
    times.push(stack(channels, 0, name));
  }
  return Object.freeze({
    ...stack(times, 0, name),
    axes: image.axes,
    ...(image.channels ? { channels: image.channels } : {}),
  });
}

async function onlyDataset(file: Hdf5File): Promise<string> {
  const found = await pictureDatasets(file, "", "left out");
  if (found.length === 1) return found[0]!;
  const all = found.length > 0 ? found : await file.datasetsBelow();
  throw new LamellaError("NOT_FOUND", `${file.file.uri} has ${found.length} datasets that could be meant`, {
    hint:
      all.length === 0
        ? "There is none."
        : `Name one behind #: ${all
            .slice(0, 8)
            .map((path) => `/${path}`)
            .join(", ")}.`,
    details: { file: file.file.uri, datasets: all.slice(0, 64) },
  });
}

function trim(path: string): string {
  return path.split("/").filter(Boolean).join("/");
}
