import { zstdDecompressSync } from "node:zlib";
import { release } from "../../../block/release.ts";
import { allocateBytes } from "../../../storage/bytes.ts";
import { decodeInto } from "../../../zarr/codecs/native-context.ts";
import type { SegmentCodec } from "./codec.ts";

/** Zstandard frames: libtiff's code 50000, and 34926 of early writers. */
export const zstd: SegmentCodec = {
  name: "zstd",
  codes: [50000, 34926],
  // RFC 8878: a block of 128 KiB from its header of three bytes and one to repeat.
  maxRatio: 32768,
  decode(bytes, { expected, limit }) {
    const out = allocateBytes(expected);
    if (decodeInto("zstd", bytes, out, expected)) return out;
    release(out);
    return zstdDecompressSync(bytes, {
      chunkSize: Math.max(64, expected + 1),
      maxOutputLength: limit + 1,
    });
  },
};
