import type { Axis } from "../block/axes.ts";
import { isFloat } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import { type AxisPlaces, axisPlaces, TczyxSource, tczyxAxes } from "../export/tczyx-source.ts";
import { isRecord, omeOf } from "../formats/ngff/attributes.ts";
import { plainAxes } from "../formats/ngff/dimension-names.ts";
import { imagesBelow } from "../formats/ngff/images-below.ts";
import { LABELS_GROUP, readLabelNames } from "../formats/ngff/labels.ts";
import { type Provenance, readProvenance } from "../formats/ngff/provenance.ts";
import { isImage, readGroupAttributes, readImage } from "../formats/ngff/read.ts";
import { inspect } from "../inspect/inspect.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { findZarrNode, openZarrArray, openZarrNode, type ZarrArray, type ZarrGroup } from "../zarr/read.ts";
import { levelsCommand } from "./levels-command.ts";
import { type Picture, type PictureLabels, type PictureLevel, shownPicture } from "./picture.ts";
import type { LabelColor } from "./protocol.ts";

/** Of a group of plain arrays so many are offered. */
const MOST_CHOICES = 4096;
/** Of them, so many are tried before it is said that they can't be shown. */
const MOST_TRIED = 16;

/** Opens the picture at a path below a place; "" is the first that can be shown. Throws as `openPictures`. */
export type PictureOpener = (path: string) => Promise<Picture>;

/** The pictures below `component` of a Zarr store, which are listed once: a plate has thousands. */
export async function zarrPictures(store: ObjectStore, component: string): Promise<PictureOpener> {
  const node = await openZarrNode(store, component);
  if (node.kind === "array") return () => pictureOfArray(store, node.array, [], "");
  const found = await choicesIn(store, node.group);
  if (found.length === 0) {
    throw new LamellaError("INVALID_ARGUMENT", `${node.group.label} is a Zarr group without images`, {
      hint: "Name an OME-Zarr image, a plate, a series, or an array (behind #).",
      details: { uri: store.uri },
    });
  }
  const choices = found.map((full) => {
    const below = component === "" ? full : full.slice(component.length + 1);
    return { path: below, name: below };
  });
  const open: PictureOpener = async (path) => {
    const chosen = await openZarrNode(store, joinKey(component, path));
    const others = choices.length > 1 ? choices : [];
    if (chosen.kind === "array") return pictureOfArray(store, chosen.array, others, path);
    return pictureOfImage(store, chosen.group, others, path);
  };
  return async (path) => {
    if (path === "") return firstShown(choices, open);
    if (choices.some((choice) => choice.path === path)) return open(path);
    throw new LamellaError("NOT_FOUND", `${node.group.label} has no image at ${JSON.stringify(path)}`, {
      hint: `There are ${choices
        .slice(0, 6)
        .map((choice) => choice.path || "(itself)")
        .join(", ")}.`,
      details: { uri: store.uri, path },
    });
  };
}

/** Beside an image there may be arrays that are none: the first that can be shown, or what is wrong with the first. */
async function firstShown(choices: Picture["choices"], open: PictureOpener): Promise<Picture> {
  let first: unknown;
  for (const { path } of choices.slice(0, MOST_TRIED)) {
    try {
      return await open(path);
    } catch (error) {
      if (!(error instanceof LamellaError) || error.exitStatus !== 2) throw error;
      first ??= error;
    }
  }
  throw first;
}

async function choicesIn(store: ObjectStore, group: ZarrGroup): Promise<string[]> {
  const images = await imagesBelow(store, group);
  if (images.length > 0) return images;
  // The group `labels/` lists images, and a group of arrays has its arrays.
  const names = readLabelNames(group.attributes);
  if (names.length > 0) return names.map((name) => joinKey(group.path, name));
  const children = await group.listChildren();
  const shown: string[] = [];
  for (const { name, kind } of children.slice(0, MOST_CHOICES)) {
    const child = joinKey(group.path, name);
    if (kind === "array") shown.push(child);
    else if (isImage(await readGroupAttributes(store.child(child)))) shown.push(child);
  }
  return shown;
}

async function pictureOfArray(
  store: ObjectStore,
  array: ZarrArray,
  choices: Picture["choices"],
  path: string,
): Promise<Picture> {
  const axes = plainAxes(array.shape.length, array.dimensionNames, array.attributes);
  const provenance = readProvenance(array.attributes);
  const places = placesOf(axes, array.label);
  return shownPicture({
    name: lastName(array.label),
    uri: store.uri,
    path,
    choices,
    axes: tczyxAxes(axes, places),
    stored: places.map((place) => place !== undefined),
    levels: [levelOf(array, places)],
    storedAs: array.dtype,
    isLabels: false,
    colors: [],
    labels: [],
    makeLevels: makeLevels(store, array.path, array.path === ""),
    metadata: await inspect(uriOf(store, array.path)),
    ...(provenance ? { provenance: provenance as unknown as Json } : {}),
  });
}

async function pictureOfImage(
  store: ObjectStore,
  group: ZarrGroup,
  choices: Picture["choices"],
  path: string,
): Promise<Picture> {
  const { metadata, datasets, name, omero } = readImage(group.attributes, group.label);
  const places = placesOf(metadata.axes, group.label);
  const levels: PictureLevel[] = [];
  for (const dataset of datasets)
    levels.push(levelOf(await openZarrArray(store, joinKey(group.path, dataset.path)), places));
  const ome = omeOf(group.attributes);
  const provenance = readProvenance(group.attributes);
  const { storedAs, channelCount } = storedFacts(levels, group);
  const { channels } = metadata;
  return shownPicture({
    name: name || lastName(group.label),
    uri: store.uri,
    path,
    choices,
    axes: tczyxAxes(metadata.axes, places),
    stored: places.map((place) => place !== undefined),
    ...(channels && channels.length === channelCount ? { channels } : {}),
    levels,
    storedAs,
    isLabels: !isFloat(levels[0]!.source.dtype) && ("image-label" in ome || isMadeAsLabels(provenance, name)),
    colors: colorsOf(ome["image-label"]),
    labels: await labelsOf(store, group),
    ...defaultZOf(omero),
    makeLevels: makeLevels(store, group.path, false),
    metadata: await inspect(uriOf(store, group.path)),
    ...(provenance ? { provenance: provenance as unknown as Json } : {}),
  });
}

/** An output that isn't among the labels of an image, and a step of a pipeline that is previewed, are called as the step is. */
function isMadeAsLabels(provenance: Provenance | undefined, name: string | undefined): boolean {
  return (provenance?.operations ?? []).some(
    (made) =>
      isRecord(made) &&
      made["step"] === name &&
      (made["op"] === "label" || made["kernel"] === "expandLabels"),
  );
}

function storedFacts(levels: readonly PictureLevel[], group: ZarrGroup) {
  const first = levels[0];
  if (!first) {
    throw new LamellaError("ZARR_METADATA", `${group.label} lists no level`, {
      hint: "Look at it with `lamella validate`.",
    });
  }
  return { storedAs: first.source.dtype, channelCount: first.source.shape[1]! };
}

/** The label images beside an image's levels. One that is listed and can't be shown (it isn't there, has other axes) is left out. */
async function labelsOf(store: ObjectStore, group: ZarrGroup): Promise<PictureLabels[]> {
  const folder = joinKey(group.path, LABELS_GROUP);
  const found: PictureLabels[] = [];
  for (const name of readLabelNames(await readGroupAttributes(store.child(folder)))) {
    try {
      const labels = await labelsAt(store, joinKey(folder, name), name);
      if (labels) found.push(labels);
    } catch (error) {
      // What is wrong with them is no reason not to show the image; that they can't be read now is.
      if (!(error instanceof LamellaError) || error.exitStatus !== 2) throw error;
    }
  }
  return found;
}

async function labelsAt(store: ObjectStore, path: string, name: string): Promise<PictureLabels | undefined> {
  const node = await findZarrNode(store, path);
  if (node?.kind !== "group" || !isImage(node.group.attributes)) return undefined;
  const { metadata, datasets } = readImage(node.group.attributes, node.group.label);
  const places = placesOf(metadata.axes, node.group.label);
  const levels: PictureLevel[] = [];
  for (const dataset of datasets)
    levels.push(levelOf(await openZarrArray(store, joinKey(path, dataset.path)), places));
  if (levels.length === 0 || isFloat(levels[0]!.source.dtype)) return undefined;
  return { name, levels, colors: colorsOf(omeOf(node.group.attributes)["image-label"]) };
}

function levelOf(array: ZarrArray, places: AxisPlaces): PictureLevel {
  const { shardShape } = array;
  return {
    source: new TczyxSource(array, places),
    path: array.path,
    ...(shardShape ? { shards: places.map((place) => (place === undefined ? 1 : shardShape[place]!)) } : {}),
  };
}

function placesOf(axes: readonly Axis[], label: string): AxisPlaces {
  try {
    return axisPlaces(axes, label);
  } catch (error) {
    if (!(error instanceof LamellaError) || error.code !== "SHAPE_MISMATCH") throw error;
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `${label} can't be shown as an image: its axes are ${axes.map((axis) => axis.name).join(", ")}`,
      {
        hint: "An image has 2 to 5 axes, some of t, c, z, y, x in this order: transpose, slice or reshape it with `lamella run`.",
        details: { uri: label },
        cause: error,
      },
    );
  }
}

function colorsOf(imageLabel: unknown): LabelColor[] {
  const colors = isRecord(imageLabel) ? imageLabel["colors"] : undefined;
  if (!Array.isArray(colors)) return [];
  return colors.flatMap((each: unknown): LabelColor[] => {
    if (!isRecord(each)) return [];
    const { "label-value": label, rgba } = each;
    if (typeof label !== "number" || !Array.isArray(rgba) || rgba.length < 3) return [];
    const [r, g, b, a = 255] = rgba.map((value) => Math.min(255, Math.max(0, Number(value) || 0)));
    return [[label, [r!, g!, b!, a]]];
  });
}

function defaultZOf(omero: unknown): { defaultZ?: number } {
  const rdefs = isRecord(omero) ? omero["rdefs"] : undefined;
  const z = isRecord(rdefs) ? rdefs["defaultZ"] : undefined;
  return typeof z === "number" && Number.isInteger(z) && z >= 0 ? { defaultZ: z } : {};
}

function uriOf(store: ObjectStore, path: string): string {
  return path === "" ? store.uri : `${store.uri}#${path}`;
}

/** Levels lie beside the full resolution, in its group; zip archives are only read. */
function makeLevels(store: ObjectStore, path: string, isAlone: boolean): string {
  return levelsCommand(uriOf(store, path), !isAlone && !/\.(zip|ozx)$/i.test(store.uri));
}

function lastName(label: string): string {
  const name =
    label
      .replace(/[/#]+$/, "")
      .split(/[/#]/)
      .at(-1) ?? label;
  return name.replace(/(\.ome)?\.zarr(\.zip)?$/i, "") || label;
}
