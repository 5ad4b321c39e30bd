import type { BytesCodec } from "./codec.ts";
import { nativeDecompress, zstdBound, zstdCompress } from "./native.ts";

/** zstd frames (RFC 8878), levels -131072 to 22; 0 is zstd's default, 3. */
export function zstdCodec(level: number, checksum = false): BytesCodec {
  return {
    name: "zstd",
    encodedBound: (length) => ({ bytes: zstdBound(length), exact: false }),
    decode: (bytes, bound) => nativeDecompress("zstd", bytes, bound),
    encode: (bytes) => zstdCompress(bytes, level, checksum),
  };
}
