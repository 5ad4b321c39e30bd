import { bloscCodec } from "../../../zarr/codecs/blosc.ts";
import { bzip2Decompress } from "../../../zarr/codecs/bzip2.ts";
import { decodeError } from "../../../zarr/codecs/decode-error.ts";
import { nativeDecompress } from "../../../zarr/codecs/native.ts";
import { xzDecompress } from "../../../zarr/codecs/xz.ts";
import { codecError } from "../../../zarr/metadata.ts";
import { decodeLz4Frames } from "./lz4.ts";

/** Decompresses a block to exactly `size` bytes. Throws CHUNK_DECODE. */
export type Decompress = (bytes: Uint8Array, size: number) => Uint8Array | Promise<Uint8Array>;

const blosc = bloscCodec({ cname: "lz4", level: 5, shuffle: true, typeSize: 1 });

/** N5's compressions, by their `type`. */
const COMPRESSIONS: { readonly [type: string]: Decompress } = {
  raw: (bytes, size) => {
    if (bytes.byteLength === size) return bytes;
    throw decodeError("raw", `has ${bytes.byteLength} bytes where the block's shape says ${size}`);
  },
  gzip: (bytes, size) => nativeDecompress("gzip", bytes, { bytes: size, exact: true }),
  zlib: (bytes, size) => nativeDecompress("zlib", bytes, { bytes: size, exact: true }),
  zstd: (bytes, size) => nativeDecompress("zstd", bytes, { bytes: size, exact: true }),
  blosc: (bytes, size) => blosc.decode(bytes, { bytes: size, exact: true }),
  lz4: decodeLz4Frames,
  bzip2: bzip2Decompress,
  xz: xzDecompress,
};

/** What undoes a dataset's `compression`. Throws UNSUPPORTED_CODEC naming `where`. */
export function decompressor(
  compression: { readonly type: string; readonly [key: string]: unknown },
  where: string,
): Decompress {
  const type = compression.type === "gzip" && compression["useZlib"] === true ? "zlib" : compression.type;
  const found = Object.hasOwn(COMPRESSIONS, type) ? COMPRESSIONS[type] : undefined;
  if (!found) throw codecError(where, compression.type, `compression "${compression.type}" is not supported`);
  return found;
}
