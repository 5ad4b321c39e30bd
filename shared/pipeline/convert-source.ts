import type { ArrayNode } from "../array/nodes.ts";
import { fromZarr, imageNode } from "../array/open.ts";
import { fromN5 } from "../array/open-n5.ts";
import { asTczyx } from "../array/tczyx.ts";
import type { ImageMetadata } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import type { ImageSeries } from "../formats/image.ts";
import { n5DatasetsBelow, openN5Node } from "../formats/n5/open.ts";
import { imagesBelow } from "../formats/ngff/images-below.ts";
import { isPlate, isWell } from "../formats/ngff/plate.ts";
import { isImage, readGroupAttributes, readImage } from "../formats/ngff/read.ts";
import { isSeriesRoot, OME_GROUP, OME_XML_KEY, readSeriesPaths } from "../formats/ngff/series.ts";
import { openImageFile } from "../formats/open-image.ts";
import { recognisePlace } from "../formats/place.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import { openZarrNode, type ZarrNode } from "../zarr/read.ts";
import { type LabelSource, labelsOfZarr } from "./convert-labels.ts";
import { type PlateLayout, plateOfOme, plateOfZarr } from "./plate-layout.ts";

/** What is converted: images, each opened when it is wanted. */
export interface ConvertSource {
  readonly uri: string;
  readonly count: number;
  /** The image's label images. */
  labels?(index: number): Promise<LabelSource[]>;
  /** The image as a TCZYX array, with its metadata. */
  open(index: number): Promise<{
    readonly node: ArrayNode;
    readonly metadata: ImageMetadata;
    /** Smaller resolutions that it has, largest first. */
    readonly levels?: readonly ArrayNode[];
  }>;
  /** The OME-XML as found, to be kept whole. */
  readonly omeXml?: string;
  /** Which Image of the OME-XML each is. */
  readonly omeImages?: readonly number[];
  /** The plate that the images are the fields of. */
  readonly plate?: PlateLayout;
}

/** Images of one source, at most. */
const MOST_IMAGES = 4096;
/** Datasets of an N5 container, at most: images of some levels each. */
const MOST_DATASETS = 2 * MOST_IMAGES;

/**
 * Opens what a conversion reads: an image file, an OME-Zarr (or any Zarr array), an N5 or HDF5 dataset. Reads metadata only.
 * Throws NOT_FOUND, UNKNOWN_FORMAT, SHAPE_MISMATCH, and the errors of the format.
 */
export async function openConvertSource(src: string, base?: string): Promise<ConvertSource> {
  const { component = "", ...location } = parseUri(src, base);
  const place = await recognisePlace(location, component);
  const uri = formatUri(location);
  if (place.kind === "zarr") return zarrSource(place.store, uri, component);
  if (place.kind === "n5") return n5Source(place.store, uri, component);
  if (place.kind === "hdf5") return hdf5Source(uri, component);
  const file = await openImageFile(uri);
  const plate =
    file.omeXml === undefined ? undefined : plateOfOme(file.omeXml, file.uri, file.series.map(omeIdOf));
  return {
    uri: file.uri,
    count: file.series.length,
    ...(plate ? { plate } : {}),
    open: async (series) => {
      const { metadata, name, levels } = file.series[series]!;
      return {
        node: imageNode(file, { series }),
        levels: levels.map((_, i) => imageNode(file, { series, level: i + 1 })),
        metadata: { ...metadata, ...(name === "" ? {} : { name }) },
      };
    },
    ...(file.omeXml === undefined ? {} : { omeXml: file.omeXml, omeImages: file.series.map(omeImageOf) }),
  };
}

/** Which Image of the OME-XML a series is: where its reader doesn't say, they are in the same order. */
function omeImageOf({ facts }: ImageSeries, index: number): number {
  const { omeImage } = facts;
  return typeof omeImage === "number" ? omeImage : index;
}

function omeIdOf({ facts }: ImageSeries): string | undefined {
  const { omeId } = facts;
  return typeof omeId === "string" ? omeId : undefined;
}

async function zarrSource(store: ObjectStore, uri: string, component: string): Promise<ConvertSource> {
  const opened = await openZarrNode(store, component);
  const paths = [component];
  let omeXml: string | undefined;
  if (opened.kind === "group" && !isImage(opened.group.attributes)) {
    paths.length = 0;
    const { group } = opened;
    const xml = isSeriesRoot(group.attributes) ? await store.get(joinKey(component, OME_XML_KEY)) : undefined;
    if (xml) omeXml = new TextDecoder().decode(xml);
    if (isPlate(group.attributes)) {
      const { layout, sources } = await plateOfZarr(store, group);
      const plate = source(uri, sources, (path) => fromZarr(uri, { component: path }), omeXml);
      return {
        ...plate,
        plate: layout,
        ...(omeXml === undefined ? {} : { omeImages: await omeOrder(store, component, layout.paths) }),
        labels: (index) => labelsOfZarr(store, uri, sources[index]!),
      };
    }
    if (isSeriesRoot(group.attributes) || isWell(group.attributes))
      paths.push(...(await imagesBelow(store, group)));
    else {
      const children = await group.listChildren();
      const arrays = children.filter(({ kind }) => kind === "array");
      paths.push(...arrays.map(({ name }) => joinKey(component, name)));
    }
  }
  const found = source(
    uri,
    paths,
    (path) => fromZarr(uri, { component: path }),
    omeXml,
    async (path) => imageName(path === component ? opened : await openZarrNode(store, path), path),
  );
  return { ...found, labels: (index) => labelsOfZarr(store, uri, paths[index]!) };
}

/** Which Image of the OME-XML each field of a plate is: the group `OME` lists them in the OME-XML's order, not the plate's. */
async function omeOrder(store: ObjectStore, root: string, paths: readonly string[]): Promise<number[]> {
  const listed = readSeriesPaths(await readGroupAttributes(store.child(joinKey(root, OME_GROUP))));
  const places = new Map((listed ?? paths).map((path, i) => [path, i]));
  return paths.map((path) => places.get(path) ?? -1);
}

/** What an image calls itself; of a plain array, its path. */
function imageName(node: ZarrNode, path: string): string | undefined {
  const isNamed = node.kind === "group" && isImage(node.group.attributes);
  return isNamed ? readImage(node.group.attributes, node.group.label).name : path;
}

async function n5Source(store: ObjectStore, uri: string, component: string): Promise<ConvertSource> {
  const node = await openN5Node(store, component);
  const paths =
    node.kind === "dataset" || node.levels.length > 0
      ? [component]
      : fullResolutions(await datasetsToConvert(store, uri, component));
  return source(uri, paths, (path) => fromN5(uri, { component: path }));
}

/** With the levels of pyramids among them. Throws NOT_FOUND where there may be more than are looked for. */
async function datasetsToConvert(store: ObjectStore, uri: string, component: string): Promise<string[]> {
  const datasets = await n5DatasetsBelow(store, component, MOST_DATASETS + 1);
  if (datasets.length > MOST_DATASETS) throw notSoMany(uri, `more than ${MOST_DATASETS}`);
  return datasets;
}

async function hdf5Source(uri: string, component: string): Promise<ConvertSource> {
  const { datasetNode, hdf5Images, pictureDatasets, stackedNode } = await import("../array/open-hdf5.ts");
  const { openHdf5File } = await import("../formats/hdf5/open.ts");
  const file = await openHdf5File(uri);
  const images = component === "" ? await hdf5Images(file) : [];
  if (images.length > 0)
    return source(
      uri,
      images.map(({ name }) => name),
      (name) => stackedNode(file, images.find((image) => image.name === name)!),
    );
  const isGroup = component === "" || (await file.kindOf(component)) === "group";
  const paths = isGroup ? await pictureDatasets(file, component) : [component];
  return source(uri, paths, (path) => datasetNode(file, path));
}

/** Of pyramids' levels s0, s1, ... the first one. */
function fullResolutions(datasets: readonly string[]): string[] {
  const all = new Set(datasets);
  return datasets.filter((path) => {
    const [, group, level] = /^(.*?)s(\d+)$/.exec(path) ?? [];
    return level === undefined || level === "0" || !all.has(`${group}s0`);
  });
}

function source(
  uri: string,
  paths: readonly string[],
  open: (path: string) => Promise<ArrayNode>,
  omeXml?: string,
  nameOf: (path: string) => Promise<string | undefined> = async (path) => path,
): ConvertSource {
  if (paths.length === 0 || paths.length > MOST_IMAGES) throw notSoMany(uri, paths.length);
  return {
    uri,
    count: paths.length,
    open: async (index) => {
      const path = paths[index]!;
      const node = asTczyx(await open(path));
      const name = (await nameOf(path)) || undefined;
      return {
        node,
        metadata: {
          axes: node.axes,
          ...(node.channels ? { channels: node.channels } : {}),
          ...(name === undefined ? {} : { name }),
        },
      };
    },
    ...(omeXml === undefined ? {} : { omeXml, omeImages: paths.map((_, i) => i) }),
  };
}

function notSoMany(uri: string, count: number | string): LamellaError {
  return new LamellaError("NOT_FOUND", `${uri} holds ${count} arrays that could be converted as images`, {
    hint: "Name one behind #; `lamella inspect` lists what there is.",
  });
}
