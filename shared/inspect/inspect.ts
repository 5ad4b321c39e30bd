import { sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import { imagesBelow } from "../formats/ngff/images-below.ts";
import { readImageLabel, readLabelNames } from "../formats/ngff/labels.ts";
import { isPlate, isWell } from "../formats/ngff/plate.ts";
import { readProvenance } from "../formats/ngff/provenance.ts";
import { isImage, readGroupAttributes, readImage } from "../formats/ngff/read.ts";
import { isSeriesRoot } from "../formats/ngff/series.ts";
import { openImageFile } from "../formats/open-image.ts";
import { recognisePlace } from "../formats/place.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { formatUri, openStore, parseUri } from "../storage/uri.ts";
import { findZarrNode, openZarrArray, openZarrNode, type ZarrArray, type ZarrGroup } from "../zarr/read.ts";
import { imageFacts } from "./image-facts.ts";
import { inspectN5 } from "./n5.ts";
import { inspectPlate, inspectWell } from "./plate.ts";

/** What `lamella inspect` prints: plain JSON, read from headers only. */
export type Inspection = { readonly [key: string]: Json };

/** Says what a place holds: an image file, a Zarr array, or a group with its images and arrays. */
export async function inspect(uri: string): Promise<Inspection> {
  const { component, ...location } = parseUri(uri);
  const place = await recognisePlace(location, component);
  if (place.kind === "zarr") return inspectZarr(place.store, component ?? "");
  if (place.kind === "n5") return inspectN5(place.store, component ?? "");
  if (place.kind === "hdf5") {
    const { inspectHdf5 } = await import("./hdf5.ts");
    return inspectHdf5(formatUri(location), component);
  }
  const store = await openStore(location);
  if (component !== undefined) {
    throw new LamellaError(
      "NOT_ZARR",
      `${uri} is no store of arrays, so "#${component}" names nothing in it`,
      {
        hint: 'Leave out what follows the "#"; one that belongs to a name is "%23" in a file:// URI.',
      },
    );
  }
  if (location.scheme === "file" && (await store.listDirectory("").catch(() => [])).length > 0) {
    throw new LamellaError("NOT_ZARR", `${uri} is a folder without Zarr or N5 metadata`, {
      hint: "An unfinished output has none yet: `lamella runs` lists the runs. Else name a file, a Zarr or an N5.",
    });
  }
  return inspectImage(uri);
}

async function inspectImage(uri: string): Promise<Inspection> {
  const file = await openImageFile(uri);
  return {
    kind: file.format,
    uri: file.uri,
    bytes: file.bytes,
    series: file.series.map((series) => ({
      name: series.name,
      ...imageFacts(series.metadata),
      shape: series.source.shape,
      dtype: series.source.dtype,
      chunks: series.source.chunkShape,
      decodedBytes: sizeOf(series.source.shape) * itemSize(series.source.dtype),
      levels: [series.source.shape, ...series.levels.map((level) => level.shape)],
      ...withoutPalette(series.facts),
      ...(series.unreadable ? { unreadable: series.unreadable.message } : {}),
    })),
  };
}

/** A palette stands with what the values mean. */
function withoutPalette({ palette: _, ...facts }: { readonly [name: string]: Json }): {
  readonly [name: string]: Json;
} {
  return facts;
}

async function inspectZarr(store: ObjectStore, path: string): Promise<Inspection> {
  const node = await openZarrNode(store, path);
  if (node.kind === "array") return { ...arrayFacts(node.array), attributes: node.array.attributes };
  const { group } = node;
  const provenance = readProvenance(group.attributes);
  const common = {
    uri: store.uri,
    path: group.path,
    zarrFormat: group.zarrFormat,
    ...(provenance ? { provenance: provenance as unknown as Json } : {}),
  };
  if (isImage(group.attributes))
    return { kind: "ome-zarr image", ...common, ...(await imageGroup(store, group)) };
  const below = { store, image: (field: ZarrGroup) => imageGroup(store, field) };
  if (isPlate(group.attributes))
    return { kind: "ome-zarr plate", ...common, ...(await inspectPlate(below, group)) };
  if (isWell(group.attributes))
    return { kind: "ome-zarr well", ...common, ...(await inspectWell(below, group)) };
  if (isSeriesRoot(group.attributes)) {
    const series = [];
    for (const image of await imagesBelow(store, group)) {
      const opened = await findZarrNode(store, image);
      const isThere = opened?.kind === "group" && isImage(opened.group.attributes);
      series.push(isThere ? await imageGroup(store, opened.group) : { path: image, missing: true });
    }
    return { kind: "ome-zarr", ...common, series };
  }
  return {
    kind: "zarr group",
    ...common,
    children: (await group.listChildren()).map(({ name, kind }) => ({ name, kind })),
    attributes: group.attributes,
  };
}

async function imageGroup(store: ObjectStore, group: ZarrGroup): Promise<Inspection> {
  const image = readImage(group.attributes, group.label);
  const levels = [];
  for (const dataset of image.datasets) {
    const array = await openZarrArray(store, joinKey(group.path, dataset.path));
    levels.push({ ...arrayFacts(array), scale: dataset.scale, translation: dataset.translation });
  }
  const labels = readLabelNames(await readGroupAttributes(store.child(joinKey(group.path, "labels"))));
  return {
    path: group.path,
    ngff: image.version,
    ...(image.name === undefined ? {} : { name: image.name }),
    ...imageFacts(image.metadata),
    levels,
    labels,
    ...labelFacts(group.attributes),
  };
}

/** Of a label image: its source, and how many labels have colours and properties. */
function labelFacts(attributes: unknown): Inspection {
  const label = readImageLabel(attributes);
  return label ? { imageLabel: { ...label } } : {};
}

function arrayFacts(array: ZarrArray): Inspection {
  return {
    kind: "zarr array",
    path: array.path,
    zarrFormat: array.zarrFormat,
    shape: array.shape,
    dtype: array.dtype,
    chunks: array.chunkShape,
    ...(array.shardShape ? { shards: array.shardShape } : {}),
    codecs: array.codecs as unknown as Json,
    fillValue:
      typeof array.fillValue === "bigint"
        ? String(array.fillValue)
        : Number.isFinite(array.fillValue)
          ? array.fillValue
          : String(array.fillValue),
    decodedBytes: sizeOf(array.shape) * itemSize(array.dtype),
    ...(array.dimensionNames ? { dimensionNames: array.dimensionNames } : {}),
  };
}
