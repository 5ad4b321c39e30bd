import type { Heap } from "../../kernels/heap.ts";

/** What a codec may know of the bytes that it decodes to: all of it where `exact`, else an upper bound. */
export interface SizeBound {
  readonly bytes: number;
  readonly exact: boolean;
}

/**
 * A bytes-to-bytes codec of the Zarr specification. All of them are synchronous: they run on worker threads.
 * Decoding never allocates more than the bound, whatever the input says of itself.
 */
export interface BytesCodec {
  /** Zarr v3's name: "blosc", "zstd", "gzip", "crc32c", "numcodecs.zlib", ... */
  readonly name: string;
  /** The most bytes that `length` bytes can become. Exact for codecs of fixed size. */
  encodedBound(length: number): SizeBound;
  /** Throws CHUNK_DECODE or CHECKSUM_MISMATCH. `heap` is used for scratch where it is given. */
  decode(bytes: Uint8Array, bound: SizeBound, heap?: Heap): Uint8Array;
  encode(bytes: Uint8Array, heap?: Heap): Uint8Array;
}
