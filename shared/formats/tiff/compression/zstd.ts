import { zstdDecompressSync } from "node:zlib";
import type { SegmentCodec } from "./codec.ts";

/** Zstandard frames: libtiff's code 50000, and 34926 of early writers. */
export const zstd: SegmentCodec = {
  name: "zstd",
  codes: [50000, 34926],
  decode(bytes, { expected, limit }) {
    return zstdDecompressSync(bytes, {
      chunkSize: Math.max(64, Math.min(expected + 1, 64 * 1024 * 1024)),
      maxOutputLength: limit + 1,
    });
  },
};
