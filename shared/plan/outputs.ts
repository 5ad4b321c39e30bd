import type { MeasureNode } from "../array/measure.ts";
import type { ArrayNode } from "../array/nodes.ts";
import type { ImageMetadata } from "../block/axes.ts";
import { largestBlock, normalizeChunkShape } from "../block/chunk-grid.ts";
import { type Json, LamellaError } from "../errors.ts";
import type { CodecSpec } from "../zarr/spec.ts";
import { levelsLike, type PyramidLevel, type PyramidRequest, pyramidLevels } from "./pyramid.ts";

/** blosc with zstd level 1 and byte shuffle: as small as zstd 3 on image data, four times as fast. */
export const DEFAULT_CODEC: CodecSpec = { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" };

/** The object at an output's root that names the run at work there. */
export const CLAIM_KEY = ".lamella-claim.json";

/** How an array is to be stored. */
export interface StorageOptions {
  readonly chunks?: readonly number[];
  readonly shards?: readonly number[];
  readonly codec?: CodecSpec;
  /** OME-NGFF version, which decides the Zarr format: 0.4 is v2, 0.5 is v3. */
  readonly ngff?: "0.4" | "0.5";
  readonly pyramid?: PyramidRequest;
}

/** One image (or plain array) to be written into an output. */
export interface ImageRequest {
  readonly node: ArrayNode;
  readonly kind: "image" | "labels" | "array";
  /** Group (or array) path in the output's store. */
  readonly path: string;
  readonly metadata: ImageMetadata;
  readonly options: StorageOptions;
  /** Smaller resolutions that the source has, largest first: those that fit the pyramid are stored as they are. */
  readonly sourceLevels?: readonly ArrayNode[];
  /** Labels: the shapes of the levels of the image that they belong to. */
  readonly parentLevels?: readonly (readonly number[])[];
  /** Measure the display windows while writing. */
  readonly windows: boolean;
  /** Labels: what `image-label` says besides the source, where it isn't made anew. */
  readonly imageLabel?: { readonly [key: string]: Json };
  /** The node is stored already as an image's full resolution: only levels are added. */
  readonly added?: AddedLevels;
}

/** Levels that an image which is there gets. */
export interface AddedLevels {
  /** Paths of the levels in the image's group, the full resolution first, which stays as it is. */
  readonly paths: readonly string[];
  /** Paths of the levels that it has and that go. */
  readonly replaces: readonly string[];
  /** The group says nothing of an image yet. */
  readonly isBare: boolean;
}

/** A table to be written as a file. */
export interface TableRequest {
  readonly node: MeasureNode;
  readonly key: string;
  readonly format: "csv" | "parquet";
}

/** One output of a plan: a store, or a labels folder in an image's store. */
export interface OutputRequest {
  readonly name: string;
  readonly uri: string;
  readonly shown: string;
  readonly root: string;
  readonly layout: "image" | "labels" | "array" | "bioformats2raw" | "table" | "levels";
  readonly images: readonly ImageRequest[];
  /** Instead of images: a table, as a file of this key in the store. */
  readonly table?: TableRequest;
  readonly omeXml?: string;
  /** The images are fields of a plate: the groups above them, from the inside out, and what the plate's own says. */
  readonly plate?: {
    readonly groups: readonly {
      readonly path: string;
      readonly attributes: { readonly [key: string]: Json };
    }[];
    readonly root: { readonly [key: string]: Json };
  };
}

/** The chunk shape of an output: as asked, else as the lazy array's chunks are. */
export function outputChunks(node: ArrayNode, options: StorageOptions): number[] {
  return normalizeChunkShape(
    options.chunks ?? largestBlock(node.chunks).map((n) => Math.max(1, n)),
    node.shape,
  );
}

/** The shard shape, checked to be a multiple of the chunks. */
export function outputShards(
  node: ArrayNode,
  options: StorageOptions,
  chunks: readonly number[],
): number[] | undefined {
  if (options.shards === undefined) return undefined;
  if (options.ngff === "0.4") {
    throw new LamellaError("INVALID_ARGUMENT", "shards need Zarr v3, but OME-NGFF 0.4 is Zarr v2", {
      hint: "Leave out the shards, or write --ngff 0.5.",
    });
  }
  const wanted = options.shards;
  const lead = node.shape.length - wanted.length;
  const shards = node.shape.map((n, axis) => {
    if (axis < lead) return chunks[axis]!;
    const size = wanted[axis - lead]!;
    // A chunk that reaches beyond the array is cut to it; the shard was given for the chunk as it was asked for.
    const asked = options.chunks?.at(axis - node.shape.length) ?? 0;
    if (asked > chunks[axis]! && size % asked === 0) return chunks[axis]!;
    return size === -1 ? Math.ceil(Math.max(1, n) / chunks[axis]!) * chunks[axis]! : size;
  });
  const bad = shards.findIndex((size, axis) => size < chunks[axis]! || size % chunks[axis]! !== 0);
  if (lead < 0 || bad >= 0) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `shards [${wanted.join(", ")}] are not a multiple of the chunks [${chunks.join(", ")}]`,
      {
        hint: "Each shard size must be a whole number of chunks along its axis.",
      },
    );
  }
  return shards;
}

/** The levels that an image gets: its parent's for labels of an OME-Zarr image, else as asked, else one. */
export function outputLevels(request: ImageRequest): PyramidLevel[] {
  const { node, options, parentLevels } = request;
  if (parentLevels && options.pyramid?.levels === undefined) return levelsLike(node.shape, parentLevels);
  if (options.pyramid === undefined) return [{ shape: node.shape, factors: node.shape.map(() => 1) }];
  return pyramidLevels(node.shape, node.axes, options.pyramid);
}
