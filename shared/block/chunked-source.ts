import type { Block } from "./block.ts";
import type { DType } from "./dtype.ts";

/**
 * Anything that is read chunk by chunk: a Zarr array, a TIFF series, later N5, HDF5 and CZI. The engine reads
 * regions of it through one function (block/read-region.ts) and caches decoded chunks.
 */
export interface ChunkedSource {
  /** For messages: what and where, e.g. "s3://b/a.zarr#0/0". */
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The regular grid; edge chunks are cut at the array's end by the reader, whatever the format stores. */
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  /** Whether its bytes are on this computer: then reading a chunk while another one is decoded is enough. */
  readonly isNear?: boolean;
  /**
   * The decoded chunk at grid position `coords`, native byte order, C order; its shape is either `chunkShape`
   * or that cut at the array's end. Undefined where the chunk is absent, which means fill value.
   * `into` may take the elements, shared memory with room for one byte more than a chunk; a source that has them elsewhere leaves it alone.
   * Throws CHUNK_DECODE (naming the key) for bytes that don't decode, CHECKSUM_MISMATCH, INPUT_CHANGED.
   */
  readChunk(coords: readonly number[], signal?: AbortSignal, into?: Uint8Array): Promise<Block | undefined>;
}
