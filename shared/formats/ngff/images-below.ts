import { LamellaError } from "../../errors.ts";
import { joinKey } from "../../storage/key.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { openZarrGroup, type ZarrGroup } from "../../zarr/read.ts";
import { isPlate, readPlate, readWellImages } from "./plate.ts";
import { isImage, readGroupAttributes } from "./read.ts";
import { isSeriesRoot, OME_GROUP, readSeriesPaths } from "./series.ts";

/** Images that one command takes on, at most. */
const MOST_IMAGES = 4096;

/**
 * The paths of the images that a group holds: its own where it is one; those of a root of several, in their order; the
 * fields of a plate or a well. Empty where it holds none. Throws INVALID_ARGUMENT for more than 4,096.
 */
export async function imagesBelow(store: ObjectStore, group: ZarrGroup): Promise<string[]> {
  const { attributes, path } = group;
  if (isPlate(attributes)) {
    const paths: string[] = [];
    for (const well of readPlate(attributes, group.label).wells) {
      const wellPath = joinKey(path, well.path);
      const { attributes: wellAttributes, label } = await openZarrGroup(store, wellPath);
      for (const image of readWellImages(wellAttributes, label)) paths.push(joinKey(wellPath, image.path));
      checkCount(group, paths, "Take a well, or a row, at a time: name it behind #.");
    }
    return paths;
  }
  if (isSeriesRoot(attributes)) {
    const listed = readSeriesPaths(await readGroupAttributes(store.child(joinKey(path, OME_GROUP))));
    const names = listed ?? (await numberedGroups(group));
    checkCount(group, names, "Take an image at a time: name it behind #.");
    return names.map((name) => joinKey(path, name));
  }
  if (isImage(attributes)) return [path];
  return readWellImages(attributes, group.label).map((image) => joinKey(path, image.path));
}

function checkCount({ label }: ZarrGroup, { length }: readonly string[], hint: string): void {
  if (length <= MOST_IMAGES) return;
  throw new LamellaError("INVALID_ARGUMENT", `${label} has more than ${MOST_IMAGES} images`, { hint });
}

async function numberedGroups(group: ZarrGroup): Promise<string[]> {
  const children = await group.listChildren();
  return children.filter(({ kind, name }) => kind === "group" && /^\d+$/.test(name)).map(({ name }) => name);
}
