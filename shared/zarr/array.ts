import { type Block, sizeOf } from "../block/block.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { type DType, itemSize, viewOf } from "../block/dtype.ts";
import { release } from "../block/release.ts";
import { type Json, LamellaError } from "../errors.ts";
import type { Heap } from "../kernels/heap.ts";
import type { ObjectStore, ReadOptions } from "../storage/store.ts";
import { chunkKeyOf } from "./chunk-key.ts";
import type { UsePiece } from "./codecs/blosc-decode.ts";
import { type ChunkDecoder, type CodecConfig, chunkDecoder } from "./codecs/chain.ts";
import { type PieceDecoder, type PlaceDecoder, pieceDecoder, placeDecoder } from "./codecs/pieces.ts";
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
  /** Whether chunks can be decoded in pieces. */
  readonly hasPieces: boolean;
  /**
   * Decodes the chunk at `coords` in a heap, piece by piece in C order, all of `chunkShape` even at the array's end. False where it is
   * absent. `into` may give the encoded bytes a place, in that heap too. Throws as `readChunk`.
   */
  readPieces(
    coords: readonly number[],
    heap: Heap,
    use: UsePiece,
    options?: Pick<ReadOptions, "into" | "signal">,
  ): Promise<boolean>;
  /** The same to `ptr`, where they lie one behind the other; what lies there is undefined where it throws. */
  readInto(
    coords: readonly number[],
    heap: Heap,
    ptr: number,
    options?: Pick<ReadOptions, "signal">,
  ): Promise<boolean>;
}

/** Reads the chunks of an array of known metadata. Throws UNSUPPORTED_CODEC. */
export class StoredArray implements ZarrArray {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  readonly isNear: boolean;
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
  readonly #pieces: PieceDecoder | undefined;
  readonly #decodeTo: PlaceDecoder | undefined;
  readonly #shards: ShardReader | undefined;
  readonly #gridShape: readonly number[];

  constructor(store: ObjectStore, path: string, metadata: ArrayMetadata, hash: string, where: string) {
    const { sharding, objectShape } = metadata;
    this.store = store;
    this.path = path;
    this.isNear = store.uri.startsWith("file:");
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
    this.#pieces = pieceDecoder(metadata.codecs, metadata.dtype);
    this.#decodeTo = placeDecoder(metadata.codecs, metadata.dtype);
    this.#gridShape = this.shape.map((length, axis) => Math.ceil(length / this.chunkShape[axis]!));
    this.#shards = sharding && new ShardReader(store, sharding, objectShape, metadata.dtype, where);
  }

  objectKey(coords: readonly number[]): string {
    return joinKey(this.path, chunkKeyOf(this.#metadata.keys, this.#shards?.shardCoords(coords) ?? coords));
  }

  async readChunk(
    coords: readonly number[],
    signal?: AbortSignal,
    into?: Uint8Array,
  ): Promise<Block | undefined> {
    this.#checkCoords(coords);
    const key = this.objectKey(coords);
    try {
      const bytes = await this.#fetch(key, coords, signal ? { signal } : {});
      if (!bytes) return undefined;
      const block = into && this.#decodeTo ? this.#decodedIn(bytes, into) : await this.#decode(bytes);
      if (block.data.buffer !== bytes.buffer) release(bytes);
      return block;
    } catch (error) {
      throw this.#located(error, key, coords);
    }
  }

  #decodedIn(bytes: Uint8Array, into: Uint8Array): Block {
    const { chunkShape: shape, dtype } = this;
    const length = sizeOf(shape);
    this.#decodeTo!(bytes, length * itemSize(dtype), into);
    return { dtype, shape, data: viewOf(dtype, into.buffer, into.byteOffset, length) };
  }

  /** Whether `readPieces` and `readInto` may be called: not for codecs that make a chunk only as a whole, in memory of their own. */
  get hasPieces(): boolean {
    return this.#pieces !== undefined;
  }

  readPieces(
    coords: readonly number[],
    heap: Heap,
    use: UsePiece,
    options: Pick<ReadOptions, "into" | "signal"> = {},
  ): Promise<boolean> {
    return this.#decoded(coords, options, (bytes, size) => this.#pieces!.pieces(heap, bytes, size, use));
  }

  readInto(
    coords: readonly number[],
    heap: Heap,
    ptr: number,
    options: Pick<ReadOptions, "signal"> = {},
  ): Promise<boolean> {
    return this.#decoded(coords, options, (bytes, size) => this.#pieces!.into(heap, bytes, size, ptr));
  }

  /** Fetches a chunk and has it decoded; false where it is absent. */
  async #decoded(
    coords: readonly number[],
    options: Pick<ReadOptions, "into" | "signal">,
    decode: (bytes: Uint8Array, size: number) => void,
  ): Promise<boolean> {
    this.#checkCoords(coords);
    const key = this.objectKey(coords);
    try {
      const bytes = await this.#fetch(key, coords, options);
      if (!bytes) return false;
      decode(bytes, sizeOf(this.chunkShape) * itemSize(this.dtype));
      release(bytes);
      return true;
    } catch (error) {
      throw this.#located(error, key, coords);
    }
  }

  #fetch(
    key: string,
    coords: readonly number[],
    options: Pick<ReadOptions, "into" | "signal">,
  ): Promise<Uint8Array | undefined> {
    return this.#shards ? this.#shards.read(key, coords, options.signal) : this.store.get(key, options);
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
