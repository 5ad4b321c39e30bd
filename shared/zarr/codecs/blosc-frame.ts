import { decodeError } from "./decode-error.ts";

/**
 * The frame that c-blosc 1.x writes: 16 bytes of header, a table of block offsets, and for each block one or several
 * compressed streams, each behind its int32 length.
 * https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst
 */
export const BLOSC_HEADER_BYTES = 16;
/** c-blosc splits a block into one stream a byte of the element only up to this element size, and this stream size. */
const MAX_SPLITS = 16;
const LEAST_STREAM_BYTES = 128;

export const BLOSC_FORMATS = ["blosclz", "lz4", "snappy", "zlib", "zstd"] as const;
export type BloscFormat = (typeof BLOSC_FORMATS)[number];

export const FLAG_SHUFFLE = 0x01;
export const FLAG_MEMCPY = 0x02;
export const FLAG_BITSHUFFLE = 0x04;
export const FLAG_DONT_SPLIT = 0x10;

export interface BloscFrame {
  readonly format: BloscFormat;
  readonly typeSize: number;
  readonly filter: "none" | "shuffle" | "bitshuffle";
  /** The bytes follow as they are. */
  readonly stored: boolean;
  readonly split: boolean;
  /** Decoded bytes. */
  readonly bytes: number;
  readonly blockBytes: number;
  readonly blocks: number;
}

/** Reads and checks a frame's header. Throws CHUNK_DECODE. */
export function readBloscFrame(bytes: Uint8Array): BloscFrame {
  if (bytes.byteLength < BLOSC_HEADER_BYTES) {
    throw decodeError("blosc", `${bytes.byteLength} bytes are less than a header`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[0]!;
  const flags = bytes[2]!;
  const typeSize = bytes[3]!;
  const size = view.getUint32(4, true);
  const blockBytes = view.getUint32(8, true);
  const frameBytes = view.getUint32(12, true);
  if (version < 1 || version > 2) throw decodeError("blosc", `format version ${version} is not c-blosc 1's`);
  if (frameBytes > bytes.byteLength) {
    throw decodeError("blosc", `the frame has ${frameBytes} bytes, and only ${bytes.byteLength} are there`);
  }
  if (size > 0 && (typeSize === 0 || blockBytes === 0 || blockBytes > size)) {
    throw decodeError(
      "blosc",
      `malformed header: type size ${typeSize}, block of ${blockBytes}, size ${size}`,
    );
  }
  const format = BLOSC_FORMATS[flags >> 5];
  if (format === undefined) throw decodeError("blosc", `unknown compressor number ${flags >> 5}`);
  const byteShuffled = (flags & FLAG_SHUFFLE) !== 0 && typeSize > 1;
  return {
    format,
    typeSize,
    filter: byteShuffled ? "shuffle" : (flags & FLAG_BITSHUFFLE) !== 0 ? "bitshuffle" : "none",
    stored: (flags & FLAG_MEMCPY) !== 0,
    split: (flags & FLAG_DONT_SPLIT) === 0,
    bytes: size,
    blockBytes,
    blocks: size === 0 ? 0 : Math.ceil(size / blockBytes),
  };
}

/** How many streams a block of `bytes` bytes has. */
export function streamsOf(frame: BloscFrame, bytes: number): number {
  const { typeSize, blockBytes, split } = frame;
  const whole = bytes === blockBytes;
  const splits =
    split && whole && typeSize <= MAX_SPLITS && Math.floor(blockBytes / typeSize) >= LEAST_STREAM_BYTES;
  return splits ? typeSize : 1;
}
