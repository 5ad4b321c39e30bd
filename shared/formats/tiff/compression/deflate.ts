import { inflateSync } from "node:zlib";
import { release } from "../../../block/release.ts";
import { allocateBytes } from "../../../storage/bytes.ts";
import { decodeInto } from "../../../zarr/codecs/native-context.ts";
import type { SegmentCodec } from "./codec.ts";

/** Zlib streams: Adobe's code 8 and the older 32946. */
export const deflate: SegmentCodec = {
  name: "deflate",
  codes: [8, 32946],
  // RFC 1951: 258 bytes from two bits.
  maxRatio: 1032,
  decode(bytes, { expected, limit }) {
    const out = allocateBytes(expected + 1);
    if (decodeInto("zlib", bytes, out, expected)) return out.subarray(0, expected);
    release(out);
    // One byte of room beyond the data: zlib then ends without asking for another buffer.
    return inflateSync(bytes, { chunkSize: Math.max(64, expected + 1), maxOutputLength: limit + 1 });
  },
};
