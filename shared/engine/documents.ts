import type { ImageMetadata } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { type Attributes, mergeAttributes, type NgffVersion } from "../formats/ngff/attributes.ts";
import { isColourPicture, PICTURE_RANGE } from "../formats/ngff/colour-picture.ts";
import {
  CLEAR_BACKGROUND,
  keptLabelAttributes,
  LABELS_GROUP,
  labelAttributes,
  labelsGroupAttributes,
  readLabelNames,
} from "../formats/ngff/labels.ts";
import { imageAttributes } from "../formats/ngff/multiscales.ts";
import { provenanceAttributes } from "../formats/ngff/provenance.ts";
import { readGroupAttributes } from "../formats/ngff/read.ts";
import { OME_GROUP, OME_XML_KEY, omeGroupAttributes, seriesRootAttributes } from "../formats/ngff/series.ts";
import { checkPins } from "../plan/pins.ts";
import type { Plan, PlanImage, PlanOutput, StoredArray } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore } from "../storage/uri.ts";
import { arrayMetadataObjects, groupMetadataObjects } from "../zarr/write.ts";
import { checkClaims, releaseClaims } from "./claims.ts";
import { levelsOf, writeLevelOutput } from "./level-output.ts";
import type { Statistics } from "./outcome.ts";
import { readProgress, requireComplete } from "./receipts.ts";
import type { RunFolder, RunState } from "./run-folder.ts";
import { unpackLabelFile } from "./tasks/label-files.ts";
import { verifyReceipt } from "./verify.ts";
import { INTERMEDIATE_FOLDERS } from "./worker-folders.ts";

/**
 * The end of a run: counts every stage's receipts against the plan, writes array metadata, then group metadata from the inside
 * out (so an output opens only when it is whole), lets the claims go and removes intermediates once the run counts as
 * succeeded. A run whose output another has taken over writes nothing (CANCELLED).
 */
export async function finishRun(
  folder: RunFolder,
  plan: Plan,
  options: { readonly keep?: boolean } = {},
): Promise<RunState> {
  const stillOurs = () => checkClaims(plan, folder.runId, openStore);
  const statistics: Statistics[] = [];
  for (let stage = 0; stage < plan.stages.length; stage++) {
    statistics.push((await requireComplete(folder, plan, stage)).statistics);
  }
  // Chunks are read without asking whether they are those that were pinned: a change on the way is found at the end.
  await checkPins(plan);
  await undoLateWrites(folder, plan, await stillOurs());
  for (const output of Object.values(plan.outputs)) {
    if (output.table) await writeTable(folder, output, stillOurs);
    else if (output.layout === "levels") {
      await stillOurs();
      const version: NgffVersion = output.zarrFormat === 2 ? "0.4" : "0.5";
      await writeLevelOutput(plan, output, (image) => imageGroup(plan, image, version, statistics));
    } else await writeOutput(plan, output, statistics, stillOurs);
  }
  const state = await folder.updateState({ status: "succeeded", ...(options.keep ? { keep: true } : {}) });
  // The outputs are whole: what stays, because the disk or the credentials give out just now, goes when somebody resumes or cleans the run.
  await tidyUp(folder, plan, options).catch(() => {});
  return state;
}

/** What remains once a run has succeeded: its claims go, and its intermediates unless they are kept. */
export async function tidyUp(
  folder: RunFolder,
  plan: Plan,
  options: { readonly keep?: boolean } = {},
): Promise<void> {
  await releaseClaims(plan, folder.runId);
  if (!options.keep) await removeIntermediates(folder);
}

/**
 * The run that this one replaced may have been in the middle of a task, and have written after the output was cleared, until
 * `lastWrite` (Unix time in milliseconds). What this run left out goes, and what it wrote is read again: CHECKSUM_MISMATCH where that is not as
 * it was. Nothing is asked where the run before had ended, and nothing read of what batches wrote that began after `lastWrite`.
 */
async function undoLateWrites(folder: RunFolder, plan: Plan, lastWrite: number): Promise<void> {
  if (lastWrite === Number.NEGATIVE_INFINITY) return;
  for (let stage = 0; stage < plan.stages.length; stage++) {
    await readProgress(folder, plan, stage, async (receipt) => {
      for (const [array, key, size] of receipt.objects) {
        const found = plan.arrays[array];
        if (size > 0 || found?.role !== "output") continue;
        await (await openStore(found.uri)).delete(key);
      }
      if ((receipt.timing?.startedAt ?? 0) > lastWrite) return true;
      if (await verifyReceipt(plan, folder, receipt, true)) return true;
      throw new LamellaError(
        "CHECKSUM_MISMATCH",
        `the run that was replaced wrote over tasks ${receipt.start} to ${receipt.end - 1} of stage ${plan.stages[stage]!.name}`,
        {
          hint: `Do them again: \`lamella resume ${folder.runId} --verify\`.`,
          details: { stage, task: receipt.start },
        },
      );
    });
  }
}

/** Brings a table from the run's folder to its place. */
async function writeTable(
  folder: RunFolder,
  { uri, table }: PlanOutput,
  stillOurs: () => Promise<unknown>,
): Promise<void> {
  const { key, file } = table!;
  const packed = await folder.store.get(file);
  if (!packed) {
    throw new LamellaError("CHUNK_MISSING", `the run's folder lost ${file}`, {
      hint: "Run again, or resume with --verify.",
      details: { key: file },
    });
  }
  const bytes = unpackLabelFile(packed, file);
  await stillOurs();
  await (await openStore(uri)).put(key, bytes);
}

async function writeOutput(
  plan: Plan,
  output: PlanOutput,
  statistics: readonly Statistics[],
  stillOurs: () => Promise<unknown>,
): Promise<void> {
  const store = await openStore(output.uri);
  const version: NgffVersion = output.zarrFormat === 2 ? "0.4" : "0.5";
  const provenance = provenanceOf(plan);
  for (const image of output.images) {
    for (const level of image.levels) {
      const { spec, path } = plan.arrays[level.array] as StoredArray;
      // A plain array is its own root: what made it is said in its attributes.
      const attributes = image.kind === "array" && image.levels.length === 1 ? provenance : {};
      await putAll(
        store,
        path,
        arrayMetadataObjects({ ...spec, attributes: { ...spec.attributes, ...attributes } }),
      );
    }
  }
  await stillOurs();
  for (const image of output.images) {
    if (image.kind === "array") continue;
    const attributes = imageGroup(plan, image, version, statistics);
    const withOrigin =
      output.layout === "bioformats2raw" ? attributes : mergeAttributes(attributes, provenance);
    await putGroup(store, image.path, output.zarrFormat, withOrigin);
  }
  if (output.layout === "bioformats2raw") await writeSeriesRoot(store, output, version, provenance);
  if (output.layout === "labels") await addToLabels(store, output, version);
}

/** The groups above the images of one file: `OME` with its metadata, a plate's rows and wells, and last the root. */
async function writeSeriesRoot(
  store: ObjectStore,
  { images, omeXml, plate, zarrFormat }: PlanOutput,
  version: NgffVersion,
  provenance: Attributes,
): Promise<void> {
  const paths = images.filter(({ kind }) => kind === "image").map(({ path }) => path);
  for (const folder of paths.map((path) => `${path}/${LABELS_GROUP}`)) {
    const inside = images.filter(({ path }) => path.startsWith(`${folder}/`));
    const names = inside.map(({ path }) => path.slice(folder.length + 1));
    if (names.length > 0) await putGroup(store, folder, zarrFormat, labelsGroupAttributes(version, names));
  }
  // A plate says itself where its images are: without OME-XML there is nothing for a group OME to hold.
  const isSeries = !plate || omeXml !== undefined;
  if (omeXml !== undefined) await store.put(OME_XML_KEY, new TextEncoder().encode(omeXml));
  if (isSeries) await putGroup(store, OME_GROUP, zarrFormat, omeGroupAttributes(version, paths));
  for (const { path, attributes } of plate?.groups ?? []) await putGroup(store, path, zarrFormat, attributes);
  const root = mergeAttributes(plate?.root ?? {}, isSeries ? seriesRootAttributes(version) : {});
  await putGroup(store, "", zarrFormat, mergeAttributes(root, provenance));
}

/** What an image's group says; with display windows where its values were measured. */
export function imageGroup(
  plan: Plan,
  image: PlanImage,
  version: NgffVersion,
  statistics: readonly Statistics[],
): Attributes {
  const first = plan.arrays[image.levels[0]!.array]!;
  const { shape, dtype } = first.role === "input" ? first : first.spec;
  const ranges = image.statisticsStage === undefined ? undefined : statistics[image.statisticsStage];
  const attributes = imageAttributes({
    version,
    metadata: ranges
      ? withWindows(image.metadata as ImageMetadata, shape, dtype, ranges)
      : (image.metadata as ImageMetadata),
    levels: levelsOf(plan, image),
    method: (image.method ?? "mean") as "mean",
    ...(image.reused === undefined ? {} : { reused: image.reused }),
    ...(image.kind === "image" ? { omero: { dtype } } : {}),
  });
  if (image.kind !== "labels") return attributes;
  const label = image.imageLabel
    ? keptLabelAttributes(version, image.imageLabel as Attributes)
    : labelAttributes({ version, colors: CLEAR_BACKGROUND });
  return mergeAttributes(attributes, label);
}

/** Display windows over the measured values of each channel; a picture in colour keeps its colours. */
function withWindows(
  metadata: ImageMetadata,
  shape: readonly number[],
  dtype: string,
  ranges: Statistics,
): ImageMetadata {
  const isPicture = isColourPicture(metadata.channels, dtype);
  const channelAxis = metadata.axes.findIndex((axis) => axis.type === "channel");
  const count = channelAxis < 0 ? 1 : shape[channelAxis]!;
  const channels = Array.from({ length: count }, (_, i) => {
    const known = metadata.channels?.[i] ?? { label: `Channel ${i}` };
    const range = isPicture ? PICTURE_RANGE : ranges[i];
    if (!range || !Number.isFinite(range[0]) || !Number.isFinite(range[1])) return known;
    const [min, measured] = range;
    const max = measured > min ? measured : min + 1;
    return { ...known, window: { min, max, start: min, end: max } };
  });
  return { ...metadata, channels };
}

/** Lists the new label image in its image's `labels` group, beside those that are there. */
async function addToLabels(store: ObjectStore, output: PlanOutput, version: NgffVersion): Promise<void> {
  const folder = output.root.slice(0, output.root.lastIndexOf(`${LABELS_GROUP}/`) + LABELS_GROUP.length);
  const name = output.root.slice(folder.length + 1);
  // Another run may add its labels at the same time: look again until this name is there.
  for (let attempt = 0; attempt < 8; attempt++) {
    const before = readLabelNames(await readGroupAttributes(store.child(folder)));
    if (before.includes(name)) return;
    await putGroup(store, folder, output.zarrFormat, labelsGroupAttributes(version, [...before, name]));
  }
}

/** What made an output, for its attributes. */
export function provenanceOf(plan: Plan): Attributes {
  const inputs = Object.values(plan.arrays).flatMap((array) =>
    array.role === "input" ? Object.entries(array.fingerprints).map(([uri, etag]) => ({ uri, etag })) : [],
  );
  return provenanceAttributes({
    planHash: plan.hash,
    version: plan.lamella,
    inputs,
    operations: plan.operations,
  });
}

async function putGroup(
  store: ObjectStore,
  path: string,
  zarrFormat: 2 | 3,
  attributes: Attributes,
): Promise<void> {
  await putAll(store, path, groupMetadataObjects(zarrFormat, attributes));
}

async function putAll(
  store: ObjectStore,
  path: string,
  objects: readonly { key: string; bytes: Uint8Array }[],
): Promise<void> {
  for (const { key, bytes } of objects) {
    await store.put(path === "" ? key : `${path}/${key}`, bytes, { contentType: "application/json" });
  }
}

async function removeIntermediates(folder: RunFolder): Promise<void> {
  for (const name of INTERMEDIATE_FOLDERS) {
    for await (const entry of folder.store.list(`${name}/`)) await folder.store.delete(entry.key);
  }
}
