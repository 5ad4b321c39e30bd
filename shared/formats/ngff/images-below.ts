import { LamellaError } from "../../errors.ts";
import { joinKey } from "../../storage/key.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { openZarrGroup, type ZarrGroup } from "../../zarr/read.ts";
import { isPlate, readPlate, readWellImages } from "./plate.ts";
import { isImage, readGroupAttributes } from "./read.ts";
import { isSeriesRoot, OME_GROUP, readSeriesPaths } from "./series.ts";

/** Images that one command takes on, at most. */
const MOST_IMAGES = 4096;
/** Wells whose metadata are fetched at once: a plate of 384 on S3 would take as many round trips. */
const WELLS_AT_ONCE = 16;

/**
 * The paths of the images that a group holds: its own where it is one; those of a root of several, in their order; the
 * fields of a plate or a well. Empty where it holds none. Throws INVALID_ARGUMENT for more than 4,096.
 */
export async function imagesBelow(store: ObjectStore, group: ZarrGroup): Promise<string[]> {
  const { attributes, path } = group;
  if (isPlate(attributes)) {
    const { wells } = readPlate(attributes, group.label);
    const paths: string[] = [];
    for (let at = 0; at < wells.length; at += WELLS_AT_ONCE) {
      const some = wells.slice(at, at + WELLS_AT_ONCE).map(async (well) => {
        const wellPath = joinKey(path, well.path);
        const { attributes: wellAttributes, label } = await openZarrGroup(store, wellPath);
        return readWellImages(wellAttributes, label).map((image) => joinKey(wellPath, image.path));
      });
      paths.push(...(await Promise.all(some)).flat());
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
