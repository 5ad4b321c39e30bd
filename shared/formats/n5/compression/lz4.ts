import { decodeError } from "../../../zarr/codecs/decode-error.ts";
import { lz4DecodeBlock } from "../../../zarr/codecs/lz4.ts";
import { xxhash32 } from "../../../zarr/codecs/xxhash32.ts";

const MAGIC = new TextEncoder().encode("LZ4Block");
const HEADER_BYTES = MAGIC.length + 1 + 3 * 4;
const STORED = 0x10;
const PACKED = 0x20;
/** lz4-java hashes with this seed, and keeps 28 bits. */
const SEED = 0x9747b28c;
const HASH_BITS = 0x0fffffff;

/**
 * lz4-java's LZ4BlockOutputStream, which N5 writes: frames of "LZ4Block", a method, both sizes and a hash
 * (little-endian), then one LZ4 block; a frame of no bytes ends them. Throws CHUNK_DECODE.
 */
export function decodeLz4Frames(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Uint8Array(size);
  let length = 0;
  for (let at = 0; at < bytes.byteLength && length <= size; ) {
    if (at + HEADER_BYTES > bytes.byteLength) throw decodeError("lz4", "a frame is cut short in its header");
    if (MAGIC.some((byte, i) => bytes[at + i] !== byte))
      throw decodeError("lz4", 'a frame does not begin with "LZ4Block"');
    const method = bytes[at + MAGIC.length]! & 0xf0;
    const packed = view.getUint32(at + 9, true);
    const unpacked = view.getUint32(at + 13, true);
    const hash = view.getUint32(at + 17, true);
    if (unpacked === 0) break;
    at += HEADER_BYTES;
    if (at + packed > bytes.byteLength) throw decodeError("lz4", "a frame is cut short");
    if (length + unpacked > size) throw decodeError("lz4", `decodes to more than ${size} bytes`);
    const frame = frameOf(method, bytes.subarray(at, at + packed), unpacked);
    if ((xxhash32(frame, SEED) & HASH_BITS) !== hash) throw decodeError("lz4", "a frame's hash differs");
    out.set(frame, length);
    length += unpacked;
    at += packed;
  }
  if (length !== size)
    throw decodeError("lz4", `decodes to ${length} bytes where the block's header says ${size}`);
  return out;
}

function frameOf(method: number, packed: Uint8Array, size: number): Uint8Array {
  if (method === PACKED) return lz4DecodeBlock(packed, size);
  if (method === STORED && packed.byteLength === size) return packed;
  throw decodeError("lz4", `frame method ${method} is unknown`);
}
