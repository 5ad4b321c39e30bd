import type { DType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";

/** How chunks are compressed. Default: blosc (zstd level 1, byte shuffle). */
export type CodecSpec =
  | {
      readonly name: "blosc";
      readonly cname: "zstd" | "lz4";
      readonly level: number;
      readonly shuffle: "shuffle" | "noshuffle";
    }
  | { readonly name: "zstd"; readonly level: number }
  | { readonly name: "gzip"; readonly level: number }
  | { readonly name: "none" };

/** Everything that decides the bytes of a Zarr array that Lamella writes. Plain JSON: it is part of the plan. */
export interface ArraySpec {
  readonly zarrFormat: 2 | 3;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Inner chunk where there are shards. */
  readonly chunkShape: readonly number[];
  /** v3 only: a multiple of chunkShape; the shard is the object a task owns. */
  readonly shardShape?: readonly number[];
  readonly codec: CodecSpec;
  /** v3 only: a crc32c behind each chunk, which readers check. */
  readonly checksum?: boolean;
  /** A number; a string for 64-bit integers beyond 2^53, "NaN", "Infinity" and "-Infinity". */
  readonly fillValue: number | string;
  readonly dimensionNames?: readonly string[];
  /** v2's dimension separator is "/", as OME-NGFF 0.4 wants. v3 keys are "c/0/0". */
  readonly attributes?: { readonly [key: string]: Json };
}
