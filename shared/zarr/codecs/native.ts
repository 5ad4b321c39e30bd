import {
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { release } from "../../block/release.ts";
import { allocateBytes } from "../../storage/bytes.ts";
import type { SizeBound } from "./codec.ts";
import { decodeError, sizeError } from "./decode-error.ts";
import { decodeInto, encodeZstdInto, type ZstdSettings, zstdParams } from "./native-context.ts";

// Node's own zlib and zstd, never allowed more than the bound, and given room for one byte more than the exact size: a
// smaller buffer would be one of many, and one that is full makes node:zlib allocate another.

type Decompress = (bytes: Uint8Array, options: { chunkSize: number; maxOutputLength: number }) => Uint8Array;

const DECOMPRESS = { zstd: zstdDecompressSync, gzip: gunzipSync, zlib: inflateSync } as const;

export type NativeCodec = keyof typeof DECOMPRESS;

/** node:zlib refuses buffers under 64 bytes. */
const LEAST_CHUNK = 64;
/** Where the size is only bounded, output grows by pieces of this size. */
const GROW_BYTES = 1 << 20;

/** Decompresses to `bound`; CHUNK_DECODE where the bytes are malformed, cut short or too many. */
export function nativeDecompress(
  codec: NativeCodec,
  bytes: Uint8Array,
  bound: SizeBound,
  label: string = codec,
): Uint8Array {
  if (bound.exact) {
    const out = allocateBytes(bound.bytes + 1);
    if (decodeInto(codec, bytes, out, bound.bytes)) return out.subarray(0, bound.bytes);
    release(out);
  }
  const decompress: Decompress = DECOMPRESS[codec];
  const step = bound.exact ? bound.bytes : Math.min(bound.bytes, GROW_BYTES);
  let out: Uint8Array;
  try {
    out = decompress(bytes, {
      chunkSize: Math.max(LEAST_CHUNK, step + 1),
      maxOutputLength: Math.max(1, bound.bytes),
    });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw sizeError(label, bound.bytes, `more than ${bound.bytes}`);
    }
    throw decodeError(label, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (bound.exact ? out.byteLength !== bound.bytes : out.byteLength > bound.bytes) {
    throw sizeError(label, bound.bytes, out.byteLength);
  }
  return out;
}

/**
 * The same to exactly `size` bytes at the start of `target`, which may be shared memory. It has room for one byte more, which is
 * undefined afterwards.
 */
export function nativeDecompressInto(
  codec: NativeCodec,
  bytes: Uint8Array,
  target: Uint8Array,
  size: number,
  label: string = codec,
): void {
  if (decodeInto(codec, bytes, target, size)) return;
  const unpacked = nativeDecompress(codec, bytes, { bytes: size, exact: true }, label);
  target.set(unpacked);
  release(unpacked);
}

/** One zstd frame that carries its content size, which numcodecs' zstd wants. Bytes of their own. */
export function zstdCompress(bytes: Uint8Array, level: number, checksum = false): Uint8Array {
  const out = allocateBytes(zstdBound(bytes.byteLength));
  return out.subarray(0, zstdCompressInto(bytes, { level, checksum }, out));
}

/** The same to the start of `target`, which has room for `zstdBound` bytes; the frame's length. */
export function zstdCompressInto(bytes: Uint8Array, settings: ZstdSettings, target: Uint8Array): number {
  const length = encodeZstdInto(bytes, settings, target);
  if (length !== undefined) return length;
  const frame = zstdCompressSync(bytes, {
    chunkSize: zstdBound(bytes.byteLength),
    pledgedSrcSize: bytes.byteLength,
    params: zstdParams(settings),
  });
  target.set(frame);
  const { byteLength } = frame;
  release(frame);
  return byteLength;
}

export function gzipCompress(bytes: Uint8Array, level: number): Uint8Array {
  const out = gzipSync(bytes, { level, chunkSize: zlibBound(bytes.byteLength) });
  // the header names the operating system: "unknown", so that every machine writes the same bytes
  out[9] = 255;
  return out;
}

export function zlibCompress(bytes: Uint8Array, level: number): Uint8Array {
  return deflateSync(bytes, { level, chunkSize: zlibBound(bytes.byteLength) });
}

/** ZSTD_COMPRESSBOUND, and a frame's header and checksum. */
export function zstdBound(length: number): number {
  return length + (length >> 8) + (length < 131_072 ? (131_072 - length) >> 11 : 0) + 128;
}

/** zlib's deflateBound for its default window, and gzip's header. */
export function zlibBound(length: number): number {
  return length + (length >> 12) + (length >> 14) + (length >> 25) + 128;
}
