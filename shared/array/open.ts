import type { Axis, ImageMetadata } from "../block/axes.ts";
import { regularChunks } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import type { ImageFile } from "../formats/image.ts";
import { plainAxes } from "../formats/ngff/dimension-names.ts";
import { isPlate, isWell, readPlate, readWellImages } from "../formats/ngff/plate.ts";
import { isImage, type NgffImage, readImage } from "../formats/ngff/read.ts";
import { isSeriesRoot } from "../formats/ngff/series.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore, parseUri } from "../storage/uri.ts";
import { openZarrArray, openZarrGroup, type ZarrArray, type ZarrGroup } from "../zarr/read.ts";
import { withCoordinates } from "./coordinates.ts";
import type { ImageRef, SourceNode } from "./nodes.ts";

export interface FromZarrOptions {
  /** Path of the array in its group, e.g. "0/0"; for a group that is an OME-Zarr image, default its full resolution. */
  readonly component?: string;
  readonly step?: string;
}

/** A lazy array over a Zarr array, v2 or v3, sharded or not. Reads metadata only. Equals dask.array.from_zarr. */
export async function fromZarr(uri: string, options: FromZarrOptions = {}): Promise<SourceNode> {
  const { component: fragment, ...location } = parseUri(uri);
  const store = await openStore(location);
  const component = options.component ?? fragment ?? "";
  const found = await findArray(store, trim(component));
  const { array, path } = found;
  const metadata = found.metadata;
  return Object.freeze<SourceNode>({
    kind: "source",
    source: { kind: "zarr", uri: store.uri, path, ...(found.image ? { image: found.image } : {}) },
    fingerprints: { [`${store.uri}#${path}`]: array.metadataHash },
    shape: array.shape,
    chunks: regularChunks(array.shape, array.chunkShape),
    dtype: array.dtype,
    axes: metadata.axes,
    ...(metadata.channels ? { channels: metadata.channels } : {}),
    step: options.step ?? lastSegment(store.uri),
  });
}

export interface FromTiffOptions {
  /** Which image of the file. */
  readonly series?: number;
  /** Which of the file's own resolutions, 0 the full one. */
  readonly level?: number;
  readonly step?: string;
}

/** A lazy TCZYX array over an image file (TIFF, OME-TIFF, CZI: its bytes tell which). Reads headers only. */
export async function fromTiff(uri: string, options: FromTiffOptions = {}): Promise<SourceNode> {
  const { openImageFile } = await import("../formats/open-image.ts");
  return imageNode(await openImageFile(uri), options);
}

/** One series of an opened file as a lazy array. */
export function imageNode(file: ImageFile, options: FromTiffOptions = {}): SourceNode {
  const index = options.series ?? 0;
  const series = file.series[index];
  if (!series) {
    throw new LamellaError("NOT_FOUND", `${file.uri} has no series ${index}; it has ${file.series.length}`, {
      hint: "`lamella inspect` lists the series; the first is 0.",
    });
  }
  if (series.unreadable) throw series.unreadable;
  const level = options.level ?? 0;
  const source = level === 0 ? series.source : series.levels[level - 1];
  if (!source) {
    throw new LamellaError(
      "NOT_FOUND",
      `series ${index} of ${file.uri} has no level ${level}; it has ${series.levels.length + 1}`,
      { hint: "Levels count from 0, the full resolution." },
    );
  }
  return Object.freeze<SourceNode>({
    kind: "source",
    source: { kind: "image", uri: file.uri, series: index, level },
    fingerprints: file.fingerprints,
    shape: source.shape,
    chunks: regularChunks(source.shape, source.chunkShape),
    dtype: source.dtype,
    axes: series.metadata.axes,
    ...(series.metadata.channels ? { channels: series.metadata.channels } : {}),
    step: options.step ?? (series.name || lastSegment(file.uri)),
  });
}

interface FoundArray {
  readonly array: ZarrArray;
  readonly path: string;
  readonly metadata: ImageMetadata;
  readonly image?: ImageRef;
}

async function findArray(store: ObjectStore, component: string): Promise<FoundArray> {
  const group = await openZarrGroup(store, component).catch((error: unknown) => {
    if (error instanceof LamellaError && (error.code === "NOT_ZARR" || error.code === "NOT_FOUND"))
      return undefined;
    throw error;
  });
  if (group) {
    const image = imageOf(group);
    const first = image?.datasets[0];
    if (first) return findArray(store, joinKey(component, first.path));
    if (component === "" && isSeriesRoot(group.attributes) && !isPlate(group.attributes))
      return findArray(store, "0");
    await refusePlate(store, group);
  }
  const array = await openZarrArray(store, component);
  const image = await imageAbove(store, component);
  if (image) return { array, path: component, ...image };
  const axes = plainAxes(array.shape.length, array.dimensionNames, array.attributes);
  return {
    array,
    path: component,
    metadata: { axes: await withCoordinates(store, component, axes, array.shape) },
  };
}

/** Groups above an array that are looked at: levels are mostly one below their image, in some stores two. */
const LEVELS_BELOW = 2;

/** The image whose level the array is. */
async function imageAbove(
  store: ObjectStore,
  component: string,
): Promise<{ metadata: ImageMetadata; image: ImageRef } | undefined> {
  const parts = component === "" ? [] : component.split("/");
  for (let i = parts.length - 1; i >= Math.max(0, parts.length - LEVELS_BELOW); i--) {
    const image = await parentImage(store, parts.slice(0, i).join("/"), component);
    if (image) return image;
  }
  return undefined;
}

/** A plate and a well have many images: which of them is meant must be said. */
async function refusePlate(store: ObjectStore, { attributes, path, label }: ZarrGroup): Promise<void> {
  if (!isPlate(attributes) && !isWell(attributes)) return;
  const [well] = isPlate(attributes) ? readPlate(attributes, label).wells : [];
  const wellPath = joinKey(path, well?.path ?? "");
  const group = well ? await openZarrGroup(store, wellPath).catch(() => undefined) : undefined;
  const [field] = readWellImages(group?.attributes ?? attributes, label);
  throw new LamellaError(
    "NOT_FOUND",
    `${label} is a ${isPlate(attributes) ? "plate" : "well"} of several images`,
    {
      hint: `Name one of them behind #, as in ${store.uri}#${joinKey(wellPath, field?.path ?? "0")}; \`lamella inspect\` lists them.`,
      details: { uri: store.uri, path },
    },
  );
}

/** The image whose level the array is, where the group says so. */
async function parentImage(
  store: ObjectStore,
  parent: string,
  component: string,
): Promise<{ metadata: ImageMetadata; image: ImageRef } | undefined> {
  const group = await openZarrGroup(store, parent).catch(() => undefined);
  if (!group) return undefined;
  const image = imageOf(group);
  const dataset = image?.datasets.find((d) => joinKey(parent, d.path) === component);
  if (!image || !dataset) return undefined;
  const axes: Axis[] = image.metadata.axes.map((axis, i) => ({
    ...axis,
    scale: dataset.scale[i] ?? axis.scale,
    translation: dataset.translation[i] ?? axis.translation,
  }));
  const levels = image.datasets.slice(image.datasets.indexOf(dataset));
  const levelShapes = await Promise.all(
    levels.map(async (d) => (await openZarrArray(store, joinKey(parent, d.path))).shape),
  );
  return {
    metadata: { ...image.metadata, axes },
    image: { path: parent, zarrFormat: group.zarrFormat, levelShapes },
  };
}

function imageOf(group: ZarrGroup): NgffImage | undefined {
  return isImage(group.attributes) ? readImage(group.attributes, group.label) : undefined;
}

function trim(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

function lastSegment(uri: string): string {
  return uri.replace(/\/+$/, "").split("/").at(-1) ?? uri;
}
