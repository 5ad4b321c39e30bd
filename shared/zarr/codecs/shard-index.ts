import { codecError } from "../metadata.ts";
import { type Endian, elementsOf } from "./bytes.ts";
import { bytesCodec, type CodecConfig, decodeBytes } from "./chain.ts";
import type { BytesCodec } from "./codec.ts";
import { crc32cCodec } from "./crc32c.ts";
import { decodeError } from "./decode-error.ts";

/** What the index says of a chunk that the shard doesn't hold. */
const ABSENT = 2n ** 64n - 1n;
const ENTRY_BYTES = 16;

/** Where a chunk lies in its shard. */
export interface ShardEntry {
  readonly offset: number;
  readonly length: number;
}

export interface ShardIndexFormat {
  /** Encoded bytes of the index of any shard of the array. */
  readonly bytes: number;
  readonly chunks: number;
  /** Throws CHUNK_DECODE, CHECKSUM_MISMATCH. */
  decode(bytes: Uint8Array): ShardIndex;
}

export class ShardIndex {
  readonly #entries: BigUint64Array;

  constructor(entries: BigUint64Array) {
    this.#entries = entries;
  }

  /** Where the `nth` chunk (C order) lies, or undefined where it is absent. CHUNK_DECODE for an impossible place. */
  entry(nth: number): ShardEntry | undefined {
    const offset = this.#entries[nth * 2]!;
    const length = this.#entries[nth * 2 + 1]!;
    if (offset === ABSENT && length === ABSENT) return undefined;
    if (offset + length > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw decodeError(
        "sharding_indexed",
        `the index places chunk ${nth} at ${offset}, ${length} bytes long`,
      );
    }
    return { offset: Number(offset), length: Number(length) };
  }
}

/** The index of shards of `chunks` chunks. Its codecs must be of fixed size: bytes and crc32c. */
export function shardIndexFormat(
  configs: readonly CodecConfig[],
  chunks: number,
  where: string,
): ShardIndexFormat {
  let endian: Endian = "little";
  const codecs: BytesCodec[] = [];
  for (const { name, configuration } of configs) {
    const codec = bytesCodec({ name, configuration });
    if (name === "bytes") endian = configuration["endian"] === "big" ? "big" : "little";
    else if (codec?.encodedBound(0).exact) codecs.push(codec);
    else throw codecError(where, name, `codec "${name}" of a shard index is not supported`);
  }
  const size = chunks * ENTRY_BYTES;
  const encoded = codecs.reduce((bytes, codec) => codec.encodedBound(bytes).bytes, size);
  return {
    bytes: encoded,
    chunks,
    decode(bytes) {
      if (bytes.byteLength !== encoded) {
        throw decodeError(
          "sharding_indexed",
          `the index has ${encoded} bytes, and only ${bytes.byteLength} are there`,
        );
      }
      const entries = decodeBytes(codecs, bytes, { bytes: size, exact: true });
      return new ShardIndex(elementsOf(entries, "uint64", endian, false) as BigUint64Array);
    },
  };
}

/** The index that Lamella writes: little-endian, with its crc32c behind it. */
export function encodeShardIndex(entries: readonly (ShardEntry | undefined)[]): Uint8Array {
  const words = new BigUint64Array(entries.length * 2);
  entries.forEach((entry, nth) => {
    words[nth * 2] = entry ? BigInt(entry.offset) : ABSENT;
    words[nth * 2 + 1] = entry ? BigInt(entry.length) : ABSENT;
  });
  return crc32cCodec().encode(new Uint8Array(words.buffer));
}
