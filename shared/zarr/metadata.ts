import type { DType } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import type { ChunkKeys } from "./chunk-key.ts";
import type { CodecConfig } from "./codecs/chain.ts";

/** An array's metadata, v2 and v3 alike, as Lamella uses it: v2's filters and compressor are v3 codecs here. */
export interface ArrayMetadata {
  readonly zarrFormat: 2 | 3;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The shape of one stored object: a chunk, or a shard. */
  readonly objectShape: readonly number[];
  readonly keys: ChunkKeys;
  /** Of a chunk; of an inner chunk where there are shards. */
  readonly codecs: readonly CodecConfig[];
  readonly sharding?: Sharding;
  readonly fillValue: number | bigint;
  readonly attributes: { readonly [key: string]: Json };
  readonly dimensionNames?: readonly (string | null)[];
}

/** The `sharding_indexed` codec: many chunks in one object, with an index of where each lies. */
export interface Sharding {
  readonly chunkShape: readonly number[];
  readonly indexCodecs: readonly CodecConfig[];
  readonly indexLocation: "start" | "end";
}

/** The largest decoded chunk that is read: blosc's own limit, and what one buffer holds everywhere. */
export const MAX_CHUNK_BYTES = 2 ** 31;

/** ZARR_METADATA; `where` is the metadata document's URI. */
export function metadataError(where: string, what: string, hint?: string): LamellaError {
  return new LamellaError("ZARR_METADATA", `${where}: ${what}`, {
    hint:
      hint ?? "Check the document against the Zarr specification, or write the array again with zarr-python.",
    details: { uri: where },
  });
}

export function dtypeError(where: string, dtype: string): LamellaError {
  return new LamellaError("UNSUPPORTED_DTYPE", `${where}: dtype ${dtype} is not supported`, {
    hint: "Lamella reads bool, integers of 8 to 64 bits, and float16, float32, float64.",
    details: { uri: where, dtype },
  });
}

export function codecError(
  where: string,
  codec: string,
  what = `codec "${codec}" is not supported`,
): LamellaError {
  return new LamellaError("UNSUPPORTED_CODEC", `${where}: ${what}`, {
    hint: "Write the array again with blosc (zstd or lz4), zstd, gzip or no compression.",
    details: { uri: where, codec },
  });
}
