import type { BytesCodec } from "./codec.ts";
import { gzipCompress, nativeDecompress, zlibBound } from "./native.ts";

/** gzip members (RFC 1952), levels 0 to 9. */
export function gzipCodec(level: number): BytesCodec {
  return {
    name: "gzip",
    encodedBound: (length) => ({ bytes: zlibBound(length), exact: false }),
    decode: (bytes, bound) => nativeDecompress("gzip", bytes, bound),
    encode: (bytes) => gzipCompress(bytes, level),
  };
}
