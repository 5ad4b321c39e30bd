import { zstdDecompressSync } from "node:zlib";

/** RFC 8878: a block of 128 KiB from its header of three bytes and one to repeat. */
export const ZSTD_MAX_RATIO = 32768;
const UNSAID_CHUNK = 2 ** 22;

/** Decodes a Zstandard frame that must give `expected` bytes; one that says otherwise is refused before it is decoded. */
export function decodeZstd(bytes: Uint8Array, expected: number): Uint8Array {
  const said = contentSize(bytes);
  if (said !== undefined && said !== expected) throw new Error(`it holds ${said} bytes, not ${expected}`);
  // Only a frame that says its size is given all the memory at once.
  const chunkSize = Math.max(64, said === undefined ? Math.min(expected + 1, UNSAID_CHUNK) : expected + 1);
  return zstdDecompressSync(bytes, { chunkSize, maxOutputLength: expected + 1 });
}

/** The content size in the header of the first frame, where it is given. Source: RFC 8878, 3.1.1.1. */
function contentSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 6) throw new Error("it is too short for a Zstandard frame");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0xfd2fb528) throw new Error("it is no Zstandard frame");
  const descriptor = bytes[4]!;
  const single = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  const width = flag === 0 ? (single ? 1 : 0) : 2 ** flag;
  if (width === 0) return undefined;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  if (at + width > bytes.length) throw new Error("its frame header is cut off");
  if (width === 1) return bytes[at]!;
  if (width === 2) return view.getUint16(at, true) + 256;
  return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}
