import { openExportSource } from "../export/open-source.ts";
import { recognisePlace } from "../formats/place.ts";
import { inspect } from "../inspect/inspect.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import { openZarrPicture } from "./open-zarr-picture.ts";
import { type Picture, shownPicture } from "./picture.ts";

/**
 * Opens what a place shows: an OME-Zarr of any version that is read (its first image, or the one at `path`: of a series, a
 * field of a plate, an array of a group), a plain array, or an image file. Reads metadata only. Throws as the formats do,
 * SHAPE_MISMATCH for arrays whose axes can't be some of t, c, z, y, x, or with too many channels to show.
 */
export async function openPicture(uri: string, path = ""): Promise<Picture> {
  const { component = "", ...location } = parseUri(uri);
  const place = await recognisePlace(location, component);
  if (place.kind === "zarr") return openZarrPicture(place.store, component, path);
  return openFilePicture(uri, formatUri(location), path);
}

/** An image file, an N5 or an HDF5; `path` is the number of one of its images. */
async function openFilePicture(uri: string, place: string, path: string): Promise<Picture> {
  const { images } = await openExportSource(uri);
  const index = Math.min(images.length - 1, Math.max(0, Number.parseInt(path || "0", 10) || 0));
  const image = images[index]!;
  return shownPicture({
    name: image.name,
    uri: place,
    path: String(index),
    choices: images.map(({ name }, i) => ({ path: String(i), name: name || `Image ${i}` })),
    axes: image.axes,
    stored: image.axes.map(() => true),
    ...(image.channels ? { channels: image.channels } : {}),
    levels: image.levels.map((source, i) => ({ source, path: String(i) })),
    storedAs: image.storedAs,
    isLabels: image.isLabels && image.storedAs !== "bool",
    colors: [],
    labels: [],
    metadata: await inspect(uri),
  });
}
