import { sizeOf } from "../block/block.ts";
import { type DType, itemSize } from "../block/dtype.ts";
import type { ObjectStore } from "../storage/store.ts";
import { decodeError } from "./codecs/decode-error.ts";
import { type ShardIndex, type ShardIndexFormat, shardIndexFormat } from "./codecs/shard-index.ts";
import type { Sharding } from "./metadata.ts";

/** Indexes are kept for the shards used last, within this many bytes. */
const INDEX_CACHE_BYTES = 32 * 1024 * 1024;
/** What encoding can add to a chunk at most, beyond doubling it: a larger entry is damage, and is not fetched. */
const ENCODING_SLACK_BYTES = 65_536;

/** Reads single chunks out of shards: the index once, then the chunk's range. */
export class ShardReader {
  readonly #store: ObjectStore;
  readonly #chunksPerShard: readonly number[];
  readonly #format: ShardIndexFormat;
  readonly #location: "start" | "end";
  readonly #mostBytes: number;
  /** Oldest first. */
  readonly #indexes = new Map<string, Promise<ShardIndex | undefined>>();

  constructor(
    store: ObjectStore,
    sharding: Sharding,
    shardShape: readonly number[],
    dtype: DType,
    where: string,
  ) {
    this.#store = store;
    this.#chunksPerShard = sharding.chunkShape.map((length, axis) => shardShape[axis]! / length);
    this.#format = shardIndexFormat(sharding.indexCodecs, sizeOf(this.#chunksPerShard), where);
    this.#location = sharding.indexLocation;
    this.#mostBytes = 2 * sizeOf(sharding.chunkShape) * itemSize(dtype) + ENCODING_SLACK_BYTES;
  }

  /** The grid position of the shard that holds the chunk at `coords`. */
  shardCoords(coords: readonly number[]): number[] {
    return coords.map((c, axis) => Math.floor(c / this.#chunksPerShard[axis]!));
  }

  /** The encoded chunk at `coords`, from the shard `key`; undefined where the shard or the chunk is absent. */
  async read(key: string, coords: readonly number[], signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const index = await this.#index(key);
    signal?.throwIfAborted();
    const entry = index?.entry(this.#nth(coords));
    if (!entry) return undefined;
    const { offset, length } = entry;
    if (length > this.#mostBytes) {
      throw decodeError("sharding_indexed", `the index gives a chunk ${length} bytes, more than it can have`);
    }
    const bytes = await this.#store.getRange(key, offset, length, signal ? { signal } : {});
    if (bytes?.byteLength !== length) {
      throw decodeError(
        "sharding_indexed",
        `the index places a chunk at ${offset}, ${length} bytes long, and the shard has ${bytes?.byteLength ?? 0} there`,
      );
    }
    return bytes;
  }

  /** Position of a chunk in its shard, in C order. */
  #nth(coords: readonly number[]): number {
    let nth = 0;
    coords.forEach((c, axis) => {
      const per = this.#chunksPerShard[axis]!;
      nth = nth * per + (c % per);
    });
    return nth;
  }

  /** Several chunks of a shard, read at once, share one request; so it carries no caller's signal. */
  #index(key: string): Promise<ShardIndex | undefined> {
    const known = this.#indexes.get(key);
    this.#indexes.delete(key);
    const index = known ?? this.#fetchIndex(key);
    this.#indexes.set(key, index);
    const most = Math.max(1, Math.floor(INDEX_CACHE_BYTES / this.#format.bytes));
    for (const oldest of this.#indexes.keys()) {
      if (this.#indexes.size <= most) break;
      this.#indexes.delete(oldest);
    }
    return index;
  }

  async #fetchIndex(key: string): Promise<ShardIndex | undefined> {
    const { bytes } = this.#format;
    try {
      const encoded = await this.#store.getRange(key, this.#location === "end" ? -bytes : 0, bytes);
      if (encoded) return this.#format.decode(encoded);
    } catch (error) {
      this.#indexes.delete(key);
      throw error;
    }
    // a shard that is absent now may be written later
    this.#indexes.delete(key);
    return undefined;
  }
}
