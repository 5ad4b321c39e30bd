import { type Block, sizeOf } from "../block/block.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import type { DType } from "../block/dtype.ts";
import { release } from "../block/release.ts";
import { type Json, LamellaError } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { chunkKeyOf } from "./chunk-key.ts";
import { type ChunkDecoder, type CodecConfig, chunkDecoder } from "./codecs/chain.ts";
import { joinKey } from "./documents.ts";
import type { ArrayMetadata } from "./metadata.ts";
import { ShardReader } from "./shard-reader.ts";

/** An opened Zarr array. Chunks are inner chunks where there are shards. */
export interface ZarrArray extends ChunkedSource {
  readonly zarrFormat: 2 | 3;
  /** The shape of a stored object, where chunks are packed in shards. */
  readonly shardShape?: readonly number[];
  /** The codecs of a chunk in v3's terms, as `inspect` shows them. */
  readonly codecs: readonly CodecConfig[];
  readonly attributes: { readonly [key: string]: Json };
  /** v3's `dimension_names` or xarray's `_ARRAY_DIMENSIONS`; null for an axis without a name. */
  readonly dimensionNames?: readonly (string | null)[];
  /** SHA-256 of the metadata documents, for fingerprints. */
  readonly metadataHash: string;
  readonly store: ObjectStore;
  readonly path: string;
  /** The key, in `store`, of the object (chunk or shard) that holds the chunk at `coords`. */
  objectKey(coords: readonly number[]): string;
}

/** Reads the chunks of an array of known metadata. Throws UNSUPPORTED_CODEC. */
export class StoredArray implements ZarrArray {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  readonly zarrFormat: 2 | 3;
  declare readonly shardShape?: readonly number[];
  readonly codecs: readonly CodecConfig[];
  readonly attributes: { readonly [key: string]: Json };
  declare readonly dimensionNames?: readonly (string | null)[];
  readonly metadataHash: string;
  readonly store: ObjectStore;
  readonly path: string;
  readonly #metadata: ArrayMetadata;
  readonly #decode: ChunkDecoder;
  readonly #shards: ShardReader | undefined;
  readonly #gridShape: readonly number[];

  constructor(store: ObjectStore, path: string, metadata: ArrayMetadata, hash: string, where: string) {
    const { sharding, objectShape } = metadata;
    this.store = store;
    this.path = path;
    this.label = path === "" ? store.uri : `${store.uri}#${path}`;
    this.shape = metadata.shape;
    this.dtype = metadata.dtype;
    this.chunkShape = sharding?.chunkShape ?? objectShape;
    if (sharding) this.shardShape = objectShape;
    this.fillValue = metadata.fillValue;
    this.zarrFormat = metadata.zarrFormat;
    this.codecs = metadata.codecs;
    this.attributes = metadata.attributes;
    if (metadata.dimensionNames) this.dimensionNames = metadata.dimensionNames;
    this.metadataHash = hash;
    this.#metadata = metadata;
    this.#decode = chunkDecoder(metadata.codecs, metadata.dtype, this.chunkShape, where);
    this.#gridShape = this.shape.map((length, axis) => Math.ceil(length / this.chunkShape[axis]!));
    this.#shards = sharding && new ShardReader(store, sharding, objectShape, metadata.dtype, where);
  }

  objectKey(coords: readonly number[]): string {
    return joinKey(this.path, chunkKeyOf(this.#metadata.keys, this.#shards?.shardCoords(coords) ?? coords));
  }

  async readChunk(coords: readonly number[], signal?: AbortSignal): Promise<Block | undefined> {
    this.#checkCoords(coords);
    const key = this.objectKey(coords);
    try {
      const bytes = this.#shards
        ? await this.#shards.read(key, coords, signal)
        : await this.store.get(key, signal ? { signal } : {});
      if (!bytes) return undefined;
      const block = await this.#decode(bytes);
      if (block.data.buffer !== bytes.buffer) release(bytes);
      return block;
    } catch (error) {
      throw this.#located(error, key, coords);
    }
  }

  #checkCoords(coords: readonly number[]): void {
    const inside =
      coords.length === this.#gridShape.length &&
      coords.every((c, axis) => c >= 0 && c < this.#gridShape[axis]!);
    if (inside) return;
    throw new LamellaError(
      "INTERNAL",
      `${this.label}: no chunk at [${coords.join(", ")}] in a grid of [${this.#gridShape.join(", ")}]`,
    );
  }

  /** A codec's error, with the object and chunk that it was about. */
  #located(error: unknown, key: string, coords: readonly number[]): unknown {
    if (!(error instanceof LamellaError) || !DECODE_CODES.has(error.code)) return error;
    const chunk =
      sizeOf(this.chunkShape) === 0 || !this.#shards ? "" : `, chunk [${coords.join(", ")}] of the shard`;
    return new LamellaError(error.code, `${this.store.uri}/${key}${chunk}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { ...error.details, uri: this.store.uri, key, chunk: [...coords] },
      cause: error,
    });
  }
}

const DECODE_CODES: ReadonlySet<string> = new Set(["CHUNK_DECODE", "CHECKSUM_MISMATCH", "UNSUPPORTED_CODEC"]);
