import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Block } from "../../shared/block/block.ts";
import { bytesOf } from "../../shared/block/dtype.ts";
import { release } from "../../shared/block/release.ts";
import type { Heap, HeapBlock } from "../../shared/kernels/heap.ts";
import { chunkDecoder } from "../../shared/zarr/codecs/chain.ts";
import type { CodecSpec } from "../../shared/zarr/spec.ts";
import { encodeChunk } from "../../shared/zarr/write.ts";
import type { Partner } from "../peers/partner.ts";
import { leastSeconds } from "../thread-time.ts";

/** By the names that bench/peers/codecs.py knows them by. */
export const CODECS: { readonly [name: string]: CodecSpec } = {
  "zstd 1": { name: "zstd", level: 1 },
  "zstd 3": { name: "zstd", level: 3 },
  "blosc zstd 1, shuffle": { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
  "blosc lz4, shuffle": { name: "blosc", cname: "lz4", level: 5, shuffle: "shuffle" },
  "gzip 6": { name: "gzip", level: 6 },
};

/** One who encodes and decodes a chunk. */
export interface CodecSide {
  encode(): Promise<Uint8Array>;
  decode(encoded: Uint8Array): Promise<Block>;
  /** Least seconds of its thread in a turn of `seconds`. */
  timeEncode(seconds: number): Promise<number>;
  timeDecode(encoded: Uint8Array, seconds: number): Promise<number>;
}

/** As tasks do it: from the heap, and to where the cache keeps it. */
export function ownSide(codec: string, block: HeapBlock, heap: Heap): CodecSide {
  const { shape, dtype } = block;
  const spec = {
    zarrFormat: 3,
    shape,
    dtype,
    chunkShape: shape,
    codec: CODECS[codec]!,
    fillValue: 0,
  } as const;
  const configs = [
    { name: "bytes", configuration: { endian: "little" } },
    { name: spec.codec.name, configuration: {} },
  ];
  const decode = chunkDecoder(configs, dtype, shape, codec);
  const encode = (): Uint8Array => encodeChunk(spec, block, heap)!;
  return {
    encode: async () => encode(),
    decode: async (encoded) => decode(encoded),
    timeEncode: (seconds) => leastSeconds(() => release(encode()), seconds),
    timeDecode: (encoded, seconds) =>
      leastSeconds(async () => release((await decode(encoded)).data), seconds),
  };
}

/** numcodecs, by way of files in `folder`. */
export async function peerSide(
  codec: string,
  block: Block,
  partner: Partner,
  folder: string,
): Promise<CodecSide> {
  const raw = path.join(folder, "chunk.raw");
  const packed = path.join(folder, "chunk.packed");
  await writeFile(raw, bytesOf(block.data));
  const { dtype, shape } = block;
  const encode = { codec, dtype, do: "encode", file: raw };
  const decode = { codec, dtype, do: "decode", file: packed };
  return {
    async encode() {
      const [encoded] = await partner.results(encode, folder);
      return bytesOf(encoded!.data);
    },
    async decode(encoded) {
      await writeFile(packed, encoded);
      const [decoded] = await partner.results(decode, folder);
      return { ...decoded!, shape };
    },
    timeEncode: (seconds) => partner.time(encode, seconds),
    async timeDecode(encoded, seconds) {
      await writeFile(packed, encoded);
      return partner.time(decode, seconds);
    },
  };
}
