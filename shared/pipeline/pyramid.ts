import type { SourceNode } from "../array/nodes.ts";
import { fromZarr } from "../array/open.ts";
import { LamellaError } from "../errors.ts";
import { asImageAxes } from "../formats/ngff/axes.ts";
import { imagesBelow } from "../formats/ngff/images-below.ts";
import { LABELS_GROUP, readLabelNames } from "../formats/ngff/labels.ts";
import { isImage, readGroupAttributes, readImage } from "../formats/ngff/read.ts";
import { CLAIM_KEY, type ImageRequest, type OutputRequest } from "../plan/outputs.ts";
import { type PyramidMethod, type PyramidRequest, pyramidLevels } from "../plan/pyramid.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { formatUri, openStore, parseUri } from "../storage/uri.ts";
import type { CodecConfig } from "../zarr/codecs/chain.ts";
import { findZarrNode, openZarrArray, openZarrNode, type ZarrGroup } from "../zarr/read.ts";
import type { CodecSpec } from "../zarr/spec.ts";

export interface PyramidOptions {
  /** Resolutions in all; default until the smaller of y and x is at most 256. */
  readonly levels?: number;
  /** Default mean; mode for labels and masks, which no other method is good for. */
  readonly downsample?: PyramidMethod;
  readonly factors?: NonNullable<PyramidRequest["factors"]>;
}

/**
 * What adding levels to the images of a Zarr writes: to an image, with its labels; to each of several (series, a plate's
 * fields); to an array in a group, which becomes an image's full resolution. Labels get as many levels as their image. Full resolutions stay as they are.
 *
 * Throws INVALID_ARGUMENT where there is nothing to add, NOT_FOUND, SHAPE_MISMATCH where an array can't be an image's.
 */
export async function pyramidOutput(
  uri: string,
  options: PyramidOptions,
  base?: string,
): Promise<OutputRequest> {
  const { component = "", ...location } = parseUri(uri, base);
  if (location.scheme === "http" || location.scheme === "https") {
    throw new LamellaError("UNSUPPORTED_URI", `${uri} is on a web server, which is read only`, {
      hint: "Copy it to a path or to s3:// first.",
    });
  }
  const store = await openStore(location);
  const node = await openZarrNode(store, component);
  const parent = component.slice(0, Math.max(0, component.lastIndexOf("/")));
  const root = node.kind === "array" ? parent : node.group.path;
  const place: Place = { store, uri: formatUri(location), root, options };
  const requests: ImageRequest[] = [];
  if (node.kind === "array") requests.push(await arrayRequest(place, component));
  else {
    const images = await imagesBelow(store, node.group);
    for (const path of images) requests.push(...(await imageRequests(place, path)));
    if (images.length === 0) requests.push(await arrayRequest(place, await onlyArray(node.group)));
  }
  if (requests.length === 0) {
    throw new LamellaError("INVALID_ARGUMENT", `${uri} gets no levels: its planes are small already`, {
      hint: "Say how many there should be, --levels 3.",
    });
  }
  return {
    name: "image",
    uri: place.uri,
    shown: root === "" ? place.uri : `${place.uri}#${root}`,
    root,
    layout: "levels",
    images: requests,
  };
}

/** The path of the one array in a group that says nothing of an image. Throws NOT_FOUND where there isn't just one. */
async function onlyArray(group: ZarrGroup): Promise<string> {
  const arrays = (await group.listChildren()).filter(({ kind }) => kind === "array");
  if (arrays.length === 1) return joinKey(group.path, arrays[0]!.name);
  throw new LamellaError(
    "NOT_FOUND",
    `${group.label} holds no OME-Zarr image, and ${arrays.length} arrays that could become one`,
    {
      hint: "Name an array in it behind #, which then becomes an image's full resolution.",
      details: { uri: group.label, arrays: arrays.slice(0, 8).map(({ name }) => name) },
    },
  );
}

interface Place {
  readonly store: ObjectStore;
  readonly uri: string;
  /** The group at which the output's claim lies. */
  readonly root: string;
  readonly options: PyramidOptions;
}

/** An image's levels, and its labels'. */
async function imageRequests(place: Place, path: string): Promise<ImageRequest[]> {
  const { store, options } = place;
  const group = await imageGroup(store, path);
  const image = readImage(group.attributes, group.label);
  if (image.version !== "0.4" && image.version !== "0.5") {
    throw new LamellaError("INVALID_ARGUMENT", `${group.label} is of OME-NGFF ${image.version}`, {
      hint: `Levels are added to 0.4 and 0.5: write it as one of them, lamella convert ${place.uri} OUT.ome.zarr.`,
    });
  }
  const node = await fromZarr(place.uri, {
    component: joinKey(path, image.datasets[0]!.path),
    step: nameOf(path),
  });
  const levels = pyramidLevels(node.shape, node.axes, requestOf(options));
  if (levels.length === 1) return [];
  const paths = image.datasets.map((dataset) => dataset.path);
  const shapes = levels.map((level) => level.shape);
  const requests = [await request(place, group, node, paths, shapes, "image")];
  const labels = await readGroupAttributes(store.child(joinKey(path, LABELS_GROUP)));
  for (const name of readLabelNames(labels)) {
    const found = await findZarrNode(store, joinKey(joinKey(path, LABELS_GROUP), name));
    if (found?.kind !== "group" || !isImage(found.group.attributes)) continue;
    const label = readImage(found.group.attributes, found.group.label);
    const labelPaths = label.datasets.map((dataset) => dataset.path);
    const labelNode = await fromZarr(place.uri, {
      component: joinKey(found.group.path, labelPaths[0]!),
      step: name,
    });
    if (labelNode.shape.length !== node.shape.length) continue;
    requests.push(await request(place, found.group, labelNode, labelPaths, shapes, "labels"));
  }
  return requests;
}

/** An array that is no image's yet: the group that holds it becomes the image. */
async function arrayRequest(place: Place, component: string): Promise<ImageRequest> {
  const { store, uri, options } = place;
  const slash = component.lastIndexOf("/");
  const path = component.slice(0, Math.max(0, slash));
  const name = component.slice(slash + 1);
  const parent = component === "" ? undefined : await findZarrNode(store, path);
  if (parent?.kind !== "group") {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `${uri} is an array that lies in no group, where its levels could be`,
      {
        hint: `Write it as an image with a pyramid: lamella convert ${uri} OUT.ome.zarr.`,
        details: { uri },
      },
    );
  }
  const node = await fromZarr(uri, { component, step: name });
  if (isImage(parent.group.attributes)) {
    const first = readImage(parent.group.attributes, parent.group.label).datasets[0]!.path;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `${component} lies in an OME-Zarr image, whose full resolution is ${first}`,
      {
        hint: `Name the image: ${path === "" ? uri : `${uri}#${path}`}.`,
      },
    );
  }
  const axes = asImageAxes(node.axes);
  const image = { ...node, axes };
  const levels = pyramidLevels(node.shape, axes, requestOf(options));
  if (levels.length === 1) {
    throw new LamellaError("INVALID_ARGUMENT", `${component} gets no levels: its planes are small already`, {
      hint: "Say how many there should be, --levels 3.",
    });
  }
  return request(
    place,
    parent.group,
    image,
    [name],
    levels.map((level) => level.shape),
    "array",
  );
}

async function request(
  place: Place,
  group: ZarrGroup,
  node: SourceNode,
  existing: readonly string[],
  shapes: readonly (readonly number[])[],
  kind: "image" | "labels" | "array",
): Promise<ImageRequest> {
  const { store, options } = place;
  const first = existing[0]!;
  const paths = [first, ...shapes.slice(1).map((_, i) => levelPath(first, i + 1))];
  await checkReplaceable(store, group, first, [...existing.slice(1), ...paths.slice(1)]);
  await checkUnused(place, group, existing, paths);
  const array = await openZarrArray(store, joinKey(group.path, first));
  const name = `${nameOf(group.path)}${kind === "labels" ? ".labels" : ""}`;
  return {
    node,
    kind: kind === "labels" ? "labels" : "image",
    path: group.path,
    metadata: { name, axes: node.axes, ...(node.channels ? { channels: node.channels } : {}) },
    options: {
      chunks: array.chunkShape,
      ...(array.shardShape ? { shards: array.shardShape } : {}),
      ...codecOf(array.codecs),
      ngff: group.zarrFormat === 2 ? "0.4" : "0.5",
      ...(kind === "labels" ? {} : { pyramid: { ...requestOf(options), levels: shapes.length } }),
    },
    ...(kind === "labels" ? { parentLevels: shapes } : {}),
    windows: kind === "array" && node.dtype !== "bool",
    added: { paths, replaces: existing.slice(1), isBare: kind === "array" },
  };
}

/** The path of a further level, after the first one's: "1" after "0", "s1" after "s0", "scale1/image" after "scale0/image". */
function levelPath(first: string, level: number): string {
  const match = /^(.*?)(\d+)(\D*)$/s.exec(first);
  return match ? `${match[1]}${Number(match[2]) + level}${match[3]}` : `${first}_${level}`;
}

/** The codec of the full resolution, where Lamella writes it; Zarr v2's go by numcodecs' names. */
function codecOf(codecs: readonly CodecConfig[]): { readonly codec?: CodecSpec } {
  for (const { name: full, configuration } of codecs) {
    const name = full.replace(/^numcodecs\./, "");
    const level = configuration["level"];
    if (name === "blosc") {
      const { cname, clevel, shuffle } = configuration;
      if ((cname !== "zstd" && cname !== "lz4") || typeof clevel !== "number") return {};
      const plain = shuffle === "noshuffle" || shuffle === 0;
      return { codec: { name, cname, level: clevel, shuffle: plain ? "noshuffle" : "shuffle" } };
    }
    // zstd's level 0 is its default.
    if (name === "zstd" || name === "gzip")
      return typeof level === "number"
        ? { codec: { name, level: name === "zstd" ? level || 3 : level } }
        : {};
  }
  return codecs.every(({ name }) => name === "bytes") ? { codec: { name: "none" } } : {};
}

async function imageGroup(store: ObjectStore, path: string): Promise<ZarrGroup> {
  const node = await openZarrNode(store, path);
  if (node.kind === "group" && isImage(node.group.attributes)) return node.group;
  throw new LamellaError("NOT_FOUND", `${path} is no OME-Zarr image`, {
    hint: "`lamella validate` says what is wrong.",
  });
}

function requestOf({ levels, factors, downsample }: PyramidOptions): PyramidRequest {
  return {
    factors: factors ?? "auto",
    ...(levels === undefined ? {} : { levels }),
    ...(downsample === undefined ? {} : { method: downsample }),
  };
}

/** Levels are arrays beside the full resolution: whatever else the metadata names is not to be removed. */
async function checkReplaceable(
  store: ObjectStore,
  group: ZarrGroup,
  first: string,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    const meets = path === first || path.startsWith(`${first}/`) || first.startsWith(`${path}/`);
    const node = meets ? undefined : await findZarrNode(store, joinKey(group.path, path));
    if (!meets && node?.kind !== "group") continue;
    throw new LamellaError(
      "ZARR_METADATA",
      `${group.label} names ${JSON.stringify(path)} as a level, which ${meets ? `is not beside the full resolution ${JSON.stringify(first)}` : "is a group"}`,
      { hint: "`lamella validate` says what is wrong.", details: { uri: store.uri, path } },
    );
  }
}

/**
 * An array that the image doesn't name as a level is somebody's, and --overwrite must not remove it: another image's, or that of a
 * further multiscale. Where a run is at work, or was, there was none before it.
 */
async function checkUnused(
  { store, root }: Place,
  group: ZarrGroup,
  existing: readonly string[],
  paths: readonly string[],
): Promise<void> {
  for (const at of new Set([root, group.path])) if (await store.head(joinKey(at, CLAIM_KEY))) return;
  for (const path of paths) {
    if (existing.includes(path) || !(await findZarrNode(store, joinKey(group.path, path)))) continue;
    throw new LamellaError(
      "OUTPUT_EXISTS",
      `${group.label} has an array ${JSON.stringify(path)} where a level would be, and doesn't name it as one`,
      { hint: "Move it away, or remove it if nothing needs it.", details: { uri: store.uri, path } },
    );
  }
}

function nameOf(path: string): string {
  return path.split("/").at(-1) || "image";
}
