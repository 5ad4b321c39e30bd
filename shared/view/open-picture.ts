import { openExportSource } from "../export/open-source.ts";
import { recognisePlace } from "../formats/place.ts";
import { inspect } from "../inspect/inspect.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import { levelsCommand } from "./levels-command.ts";
import { type PictureOpener, zarrPictures } from "./open-zarr-picture.ts";
import { type Picture, shownPicture } from "./picture.ts";

/**
 * Opens what a place shows: an OME-Zarr of any version that is read (its first image, or the one at a path: of a series, a
 * field of a plate, an array of a group), a plain array, or an image file. Reads metadata only. Throws as the formats do,
 * SHAPE_MISMATCH for arrays whose axes can't be some of t, c, z, y, x, or with too many channels to show.
 */
export async function openPictures(uri: string): Promise<PictureOpener> {
  const { component = "", ...location } = parseUri(uri);
  const place = await recognisePlace(location, component);
  if (place.kind === "zarr") return zarrPictures(place.store, component);
  return (path) => openFilePicture(uri, formatUri(location), path);
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
    makeLevels: levelsCommand(uri, false),
    metadata: await inspect(uri),
  });
}
