import { inflateSync } from "node:zlib";
import type { SegmentCodec } from "./codec.ts";

/** Deflate never expands by more than this (RFC 1951: 258 bytes from two bits). */
const MAX_RATIO = 1032;

/** Zlib streams: Adobe's code 8 and the older 32946. */
export const deflate: SegmentCodec = {
  name: "deflate",
  codes: [8, 32946],
  decode(bytes, { expected, limit }) {
    if (expected > bytes.length * MAX_RATIO + 64) {
      throw new Error(`${bytes.length} compressed bytes cannot hold ${expected}`);
    }
    // One byte of room beyond the data: zlib then ends without asking for another buffer.
    return inflateSync(bytes, { chunkSize: Math.max(64, expected + 1), maxOutputLength: limit + 1 });
  },
};
