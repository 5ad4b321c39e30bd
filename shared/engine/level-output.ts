import { withLevels, withoutLevels } from "../formats/ngff/add-levels.ts";
import { type Attributes, mergeAttributes } from "../formats/ngff/attributes.ts";
import type { DownsampleMethod, Level } from "../formats/ngff/multiscales.ts";
import { isImage } from "../formats/ngff/read.ts";
import type { Plan, PlanImage, PlanOutput, StoredArray } from "../plan/schema.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore } from "../storage/uri.ts";
import { readDocuments } from "../zarr/documents.ts";
import { encodeJson } from "../zarr/json.ts";
import { openZarrGroup } from "../zarr/read.ts";
import { type ChangedArrays, updateGroup } from "../zarr/update-group.ts";
import { arrayMetadataObjects } from "../zarr/write.ts";

/** Of levels that are added to images: the arrays' folders, as keys below the output's root. Never a first level's. */
export function levelFolders(output: PlanOutput): string[] {
  return output.images.flatMap((image) => {
    const group = image.path.slice(output.root === "" ? 0 : output.root.length + 1);
    return levelsBelow(image).map((path) => joinKey(group, path));
  });
}

function levelsBelow({ levels, added }: PlanImage): string[] {
  return [...new Set([...levels.slice(1).map(({ path }) => path), ...(added?.replaces ?? [])])];
}

/** Makes room for other levels: an image is one of a single level from before its arrays go. */
export async function clearLevels(output: PlanOutput): Promise<void> {
  const store = await openStore(output.uri);
  for (const image of output.images) {
    const { attributes } = await openZarrGroup(store, image.path);
    const folders = levelsBelow(image);
    const gone: ChangedArrays = new Map(folders.map((path) => [path, undefined]));
    if (isImage(attributes)) await updateGroup(store, image.path, withoutLevels, gone);
    for (const folder of folders.map((path) => joinKey(image.path, path))) {
      for (const name of ["zarr.json", ".zarray"]) await store.delete(joinKey(folder, name));
      for await (const entry of store.list(`${folder}/`)) await store.delete(entry.key);
    }
  }
}

/**
 * The end of adding levels: of each image the arrays' metadata, then that of the group in one put. The pixels of the first level
 * stay as they are. `bare` gives the attributes of a group that says nothing of an image yet.
 */
export async function writeLevelOutput(
  plan: Plan,
  output: PlanOutput,
  bare: (image: PlanImage) => Attributes,
): Promise<void> {
  const store = await openStore(output.uri);
  for (const image of output.images) {
    const arrays = new Map<string, { [key: string]: Uint8Array }>();
    for (const level of image.levels.slice(1)) {
      const { spec, path } = plan.arrays[level.array] as StoredArray;
      const documents: { [key: string]: Uint8Array } = {};
      for (const { key, bytes } of arrayMetadataObjects(spec)) {
        documents[key] = bytes;
        await store.put(joinKey(path, key), bytes, { contentType: "application/json" });
      }
      arrays.set(level.path, documents);
    }
    const isBare = image.added?.isBare ?? false;
    if (isBare) {
      const first = image.levels[0]!.path;
      const named = await nameDimensions(store, joinKey(image.path, first), image);
      if (named) arrays.set(first, { "zarr.json": named });
    }
    const method = (image.method ?? "mean") as DownsampleMethod;
    const change = (attributes: Attributes) =>
      isBare && !isImage(attributes)
        ? mergeAttributes(attributes, bare(image))
        : withLevels(attributes, levelsOf(plan, image), method);
    await updateGroup(store, image.path, change, arrays);
  }
}

/** The levels of a planned image, whether the plan writes them or only reads them. */
export function levelsOf(plan: Plan, image: PlanImage): Level[] {
  return image.levels.map(({ array, path, factors }) => {
    const found = plan.arrays[array]!;
    return { path, factors, shape: found.role === "input" ? found.shape : found.spec.shape };
  });
}

/**
 * OME-NGFF 0.5 wants an array's dimensions to be named as the axes are: of an array that wasn't an image's, they may have no names.
 * Returns its document where it is another now.
 */
async function nameDimensions(
  store: ObjectStore,
  path: string,
  { metadata }: PlanImage,
): Promise<Uint8Array | undefined> {
  const documents = await readDocuments(store, path);
  if (documents?.zarrFormat !== 3 || documents.document["dimension_names"]) return undefined;
  const names = metadata.axes.map((axis) => axis.name);
  const bytes = encodeJson({ ...documents.document, dimension_names: names });
  await store.put(joinKey(path, "zarr.json"), bytes, { contentType: "application/json" });
  return bytes;
}
