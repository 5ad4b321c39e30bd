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

/** Of levels that are added to an image: the arrays' folders, as keys in the store of the image's group. Never the first level's. */
export function levelFolders(output: PlanOutput): string[] {
  const added = output.images[0]!.levels.slice(1).map(({ path }) => path);
  return [...new Set([...added, ...(output.replaces ?? [])])];
}

/** Makes room for other levels: the image is one of a single level from before its arrays go. `store` is its group's. */
export async function clearLevels(output: PlanOutput, store: ObjectStore): Promise<void> {
  const { attributes } = await openZarrGroup(store);
  const folders = levelFolders(output);
  const gone: ChangedArrays = new Map(folders.map((path) => [path, undefined]));
  if (isImage(attributes)) {
    const whole = await openStore(output.uri);
    await updateGroup(whole, output.root, withoutLevels, gone);
  }
  for (const folder of folders) {
    for (const name of ["zarr.json", ".zarray"]) await store.delete(joinKey(folder, name));
    for await (const entry of store.list(`${folder}/`)) await store.delete(entry.key);
  }
}

/** The end of adding levels: the arrays' metadata, then that of the group in one put. The pixels of the first level stay as they are. */
export async function writeLevelOutput(
  plan: Plan,
  output: PlanOutput,
  bare: () => Attributes,
): Promise<void> {
  const store = await openStore(output.uri);
  const image = output.images[0]!;
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
  if (output.isBare) await nameDimensions(store, joinKey(output.root, image.levels[0]!.path), image);
  const levels = levelsOf(plan, image);
  const method = (image.method ?? "mean") as DownsampleMethod;
  await updateGroup(
    store,
    output.root,
    (attributes) =>
      output.isBare && !isImage(attributes)
        ? mergeAttributes(attributes, bare())
        : withLevels(attributes, levels, method),
    arrays,
  );
}

/** The levels of a planned image, whether the plan writes them or only reads them. */
export function levelsOf(plan: Plan, image: PlanImage): Level[] {
  return image.levels.map(({ array, path, factors }) => {
    const found = plan.arrays[array]!;
    return { path, factors, shape: found.role === "input" ? found.shape : found.spec.shape };
  });
}

/** OME-NGFF 0.5 wants an array's dimensions to be named as the axes are: of an array that wasn't an image's, they may have no names. */
async function nameDimensions(store: ObjectStore, path: string, { metadata }: PlanImage): Promise<void> {
  const documents = await readDocuments(store, path);
  if (documents?.zarrFormat !== 3 || documents.document["dimension_names"]) return;
  const named = { ...documents.document, dimension_names: metadata.axes.map((axis) => axis.name) };
  await store.put(joinKey(path, "zarr.json"), encodeJson(named), { contentType: "application/json" });
}
