import { inflateSync } from "node:zlib";
import type { SegmentCodec } from "./codec.ts";

/** Zlib streams: Adobe's code 8 and the older 32946. */
export const deflate: SegmentCodec = {
  name: "deflate",
  codes: [8, 32946],
  // RFC 1951: 258 bytes from two bits.
  maxRatio: 1032,
  decode(bytes, { expected, limit }) {
    // One byte of room beyond the data: zlib then ends without asking for another buffer.
    return inflateSync(bytes, { chunkSize: Math.max(64, expected + 1), maxOutputLength: limit + 1 });
  },
};
