import type { BytesCodec } from "./codec.ts";
import { nativeDecompress, zlibBound, zlibCompress } from "./native.ts";

/** zlib streams (RFC 1950), levels 0 to 9: numcodecs' `zlib`. */
export function zlibCodec(level: number): BytesCodec {
  return {
    name: "numcodecs.zlib",
    encodedBound: (length) => ({ bytes: zlibBound(length), exact: false }),
    decode: (bytes, bound) => nativeDecompress("zlib", bytes, bound),
    encode: (bytes) => zlibCompress(bytes, level),
  };
}
