import { fromZarr } from "../array/open.ts";
import { fromN5 } from "../array/open-n5.ts";
import type { Axis, Channel, ValueMeaning } from "../block/axes.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { LamellaError } from "../errors.ts";
import { openN5Array, openN5Node } from "../formats/n5/open.ts";
import { omeOf } from "../formats/ngff/attributes.ts";
import { isImage, readGroupAttributes, readImage } from "../formats/ngff/read.ts";
import { isSeriesRoot, OME_GROUP, OME_XML_KEY, readSeriesPaths } from "../formats/ngff/series.ts";
import { openImageFile } from "../formats/open-image.ts";
import { recognisePlace } from "../formats/place.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import { openZarrArray, openZarrNode, type ZarrGroup } from "../zarr/read.ts";
import { axisPlaces, TczyxSource, tczyxAxes } from "./tczyx-source.ts";

/** One image to write, with the resolutions that it has. */
export interface ExportImage {
  readonly name: string;
  /** T, C, Z, Y, X. */
  readonly axes: readonly Axis[];
  readonly channels?: readonly Channel[];
  /** TCZYX in the dtype of the file, largest first. */
  readonly levels: readonly ChunkedSource[];
  /** The dtype that the source has. */
  readonly storedAs: string;
  /** Labels are shrunk by the most frequent value. */
  readonly isLabels: boolean;
  /** What the stored values stand for, where they aren't amounts of light. */
  readonly values?: ValueMeaning;
  /** Which Image of the source's OME-XML this is. */
  readonly omeImage?: number;
}

export interface ExportSource {
  readonly uri: string;
  readonly images: readonly ExportImage[];
  /** The files that an image is made of, as URIs. */
  readonly files?: readonly string[];
  readonly omeXml?: string;
}

const MAX_XML_BYTES = 64 * 2 ** 20;

/**
 * Opens what is to be written as OME-TIFF: an OME-Zarr (all its series), an image or an array in one ("#0", "#0/1"), or
 * an image file of any format that is read. Reads metadata only. Throws as the formats do, and SHAPE_MISMATCH.
 */
export async function openExportSource(uri: string): Promise<ExportSource> {
  const { component = "", ...location } = parseUri(uri);
  const place = await recognisePlace(location, component);
  if (place.kind === "zarr") return openZarr(uri, place.store, component);
  if (place.kind === "n5") return openN5(uri, place.store, component);
  if (place.kind === "hdf5") return openHdf5(formatUri(location), component);
  try {
    return await openFile(uri);
  } catch (error) {
    if (!(error instanceof LamellaError) || error.code !== "NOT_FOUND" || !/\.zarr\/?$/i.test(uri))
      throw error;
    throw new LamellaError("NOT_FOUND", `there is no Zarr at ${formatUri(location)}`, {
      hint: "Check the path; an output that isn't finished has no metadata yet.",
      cause: error,
    });
  }
}

async function openFile(uri: string): Promise<ExportSource> {
  const file = await openImageFile(uri);
  return {
    uri: file.uri,
    images: file.series.map(({ name, metadata, source, levels, facts }, index): ExportImage => {
      const { omeImage = index } = facts;
      return imageOf([source, ...levels], metadata.axes, {
        name,
        channels: metadata.channels,
        values: metadata.values,
        ...(typeof omeImage === "number" ? { omeImage } : {}),
      });
    }),
    files: Object.keys(file.fingerprints),
    ...(file.omeXml === undefined ? {} : { omeXml: file.omeXml }),
  };
}

async function openZarr(uri: string, store: ObjectStore, path: string): Promise<ExportSource> {
  const node = await openZarrNode(store, path);
  if (node.kind === "array") {
    const { axes, channels } = await fromZarr(uri);
    return { uri, images: [imageOf([node.array], axes, { name: lastName(uri), channels })] };
  }
  const { group } = node;
  if (isImage(group.attributes)) return { uri, images: [await ngffImage(store, group)] };
  if (isSeriesRoot(group.attributes)) return openSeries(uri, store, group);
  if ("plate" in omeOf(group.attributes)) {
    throw new LamellaError("INVALID_ARGUMENT", `${group.label} is a plate`, {
      hint: "Write its fields one by one, each named behind #, as in plate.ome.zarr#A/1/0.",
      details: { uri },
    });
  }
  const children = await group.listChildren().catch(() => []);
  throw new LamellaError("INVALID_ARGUMENT", `${group.label} is a Zarr group without images`, {
    hint:
      children.length > 0
        ? `Name an array or an image in it behind #: ${children
            .slice(0, 8)
            .map(({ name }) => name)
            .join(", ")}.`
        : "Name an OME-Zarr image or an array.",
    details: { uri },
  });
}

async function openN5(uri: string, store: ObjectStore, path: string): Promise<ExportSource> {
  const node = await openN5Node(store, path);
  const paths = node.kind === "group" && node.levels.length > 0 ? node.levels : [path];
  const { axes } = await fromN5(uri);
  const arrays: ChunkedSource[] = [];
  for (const each of paths) arrays.push(await openN5Array(store, each));
  return { uri, images: [imageOf(arrays, axes, { name: lastName(uri), channels: undefined })] };
}

async function openHdf5(uri: string, path: string): Promise<ExportSource> {
  const [{ hdf5Images, pictureDatasets }, { openHdf5File }, { Hdf5Dataset }, { hdf5Axes }] =
    await Promise.all([
      import("../array/open-hdf5.ts"),
      import("../formats/hdf5/open.ts"),
      import("../formats/hdf5/dataset.ts"),
      import("../formats/hdf5/axes.ts"),
    ]);
  const file = await openHdf5File(uri);
  if (path === "" && (await hdf5Images(file)).length > 0) {
    throw new LamellaError("INVALID_ARGUMENT", `${uri} keeps each time and channel in a dataset of its own`, {
      hint: "Convert it to OME-Zarr first, then export that; or name one dataset behind #.",
      details: { uri },
    });
  }
  const isGroup = path === "" || (await file.kindOf(path)) === "group";
  const paths = isGroup ? await pictureDatasets(file, path) : [path];
  if (paths.length === 0) {
    throw new LamellaError("NOT_FOUND", `${uri} has no dataset that can be an image`, {
      hint: "`lamella inspect` lists what there is.",
    });
  }
  const images: ExportImage[] = [];
  for (const each of paths) {
    const dataset = await Hdf5Dataset.open(file, each);
    const axes = await hdf5Axes(file, each, dataset.shape);
    images.push(imageOf([dataset], axes, { name: lastName(each), channels: undefined }));
  }
  return { uri, images };
}

async function openSeries(uri: string, store: ObjectStore, root: ZarrGroup): Promise<ExportSource> {
  const listed = readSeriesPaths(await readGroupAttributes(store.child(joinKey(root.path, OME_GROUP))));
  const paths =
    listed ??
    (await root.listChildren()).flatMap(({ name, kind }) =>
      kind === "group" && /^\d+$/.test(name) ? [name] : [],
    );
  const images: ExportImage[] = [];
  for (const [i, path] of paths.entries()) {
    const node = await openZarrNode(store, joinKey(root.path, path));
    if (node.kind === "group" && isImage(node.group.attributes))
      images.push({ ...(await ngffImage(store, node.group)), omeImage: i });
  }
  if (images.length === 0) {
    throw new LamellaError("ZARR_METADATA", `${root.label} says that it holds series, and has none`, {
      hint: "Look at it with `lamella inspect`.",
    });
  }
  const omeXml = await readOmeXml(store, root.path);
  return { uri, images, ...(omeXml === undefined ? {} : { omeXml }) };
}

async function readOmeXml(store: ObjectStore, root: string): Promise<string | undefined> {
  const key = joinKey(root, OME_XML_KEY);
  const info = await store.head(key);
  if (!info || info.size > MAX_XML_BYTES) return undefined;
  const bytes = await store.get(key);
  return bytes && new TextDecoder().decode(bytes);
}

async function ngffImage(store: ObjectStore, group: ZarrGroup): Promise<ExportImage> {
  const { metadata, datasets, name } = readImage(group.attributes, group.label);
  const levels: ChunkedSource[] = [];
  for (const dataset of datasets) levels.push(await openZarrArray(store, joinKey(group.path, dataset.path)));
  return imageOf(levels, metadata.axes, {
    name: name ?? lastName(group.label),
    channels: metadata.channels,
    values: metadata.values,
    isLabels: "image-label" in omeOf(group.attributes),
  });
}

function imageOf(
  levels: readonly ChunkedSource[],
  axes: readonly Axis[],
  facts: {
    name: string;
    channels: readonly Channel[] | undefined;
    values?: ValueMeaning | undefined;
    isLabels?: boolean;
    omeImage?: number;
  },
): ExportImage {
  const full = levels[0]!;
  const places = axisPlaces(axes, full.label);
  const sources = levels.map((level) => new TczyxSource(level, places));
  const { channels } = facts;
  return {
    name: facts.name,
    axes: tczyxAxes(axes, places),
    // Names that don't match the pixels would be put on the wrong ones.
    ...(channels && channels.length === sources[0]!.shape[1] ? { channels } : {}),
    levels: sources,
    storedAs: full.dtype,
    isLabels: facts.isLabels ?? full.dtype === "bool",
    ...(facts.values === undefined ? {} : { values: facts.values }),
    ...(facts.omeImage === undefined ? {} : { omeImage: facts.omeImage }),
  };
}

function lastName(uri: string): string {
  const name =
    uri
      .replace(/[/#]+$/, "")
      .split(/[/#]/)
      .at(-1) ?? uri;
  return name.replace(/(\.ome)?\.zarr$/i, "") || uri;
}
