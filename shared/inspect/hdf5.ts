import { hdf5Images } from "../array/open-hdf5.ts";
import { sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { isLamellaError, type Json } from "../errors.ts";
import { hdf5Axes } from "../formats/hdf5/axes.ts";
import { Hdf5Dataset } from "../formats/hdf5/dataset.ts";
import type { Hdf5File } from "../formats/hdf5/file.ts";
import { openHdf5File } from "../formats/hdf5/open.ts";
import type { Inspection } from "./inspect.ts";

/** Of more datasets than this, names alone are told. */
const MOST_DESCRIBED = 64;

/** An HDF5 file with its datasets and the images that they make, or one dataset. */
export async function inspectHdf5(uri: string, path = ""): Promise<Inspection> {
  const file = await openHdf5File(uri);
  const common = { uri: file.file.uri, bytes: file.file.size };
  if (path !== "" && (await file.kindOf(path)) !== "group") {
    const dataset = await Hdf5Dataset.open(file, path);
    return {
      kind: "hdf5 dataset",
      ...common,
      ...(await facts(file, dataset)),
      attributes: await file.attributes(path),
    };
  }
  const paths = await file.datasetsBelow(path);
  const images = path === "" ? await hdf5Images(file) : [];
  const datasets: Json[] = [];
  for (const each of paths.slice(0, MOST_DESCRIBED)) datasets.push(await described(file, each));
  return {
    kind: "hdf5",
    ...common,
    ...(images.length === 0
      ? {}
      : {
          images: images.map((image) => ({
            name: image.name,
            times: image.paths.length,
            channels: image.channels?.map(({ label }) => label) ?? [],
            axes: image.axes.map((axis) => ({ ...axis }) as unknown as Json),
            ...(image.size ? { size: [...image.size] } : {}),
          })),
        }),
    datasets,
    ...(paths.length > MOST_DESCRIBED
      ? { moreDatasets: paths.slice(MOST_DESCRIBED, 16 * MOST_DESCRIBED) }
      : {}),
    attributes: await file.attributes(path),
  };
}

/** A dataset that isn't read says why. */
async function described(file: Hdf5File, path: string): Promise<Json> {
  try {
    return await facts(file, await Hdf5Dataset.open(file, path));
  } catch (error) {
    if (!isLamellaError(error)) throw error;
    return { path, refused: error.message.replace(/^.*?#[^:]*?:? (?=dtype|filter|has )/, "") };
  }
}

async function facts(file: Hdf5File, dataset: Hdf5Dataset): Promise<{ readonly [key: string]: Json }> {
  return {
    path: dataset.path,
    shape: dataset.shape,
    dtype: dataset.dtype,
    chunks: dataset.storedChunks ?? null,
    ...(dataset.filters.length > 0 ? { filters: dataset.filters } : {}),
    decodedBytes: sizeOf(dataset.shape) * itemSize(dataset.dtype),
    axes: (await hdf5Axes(file, dataset.path, dataset.shape)).map((axis) => ({ ...axis }) as unknown as Json),
  };
}
