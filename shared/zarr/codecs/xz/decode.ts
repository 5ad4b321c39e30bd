import { crc32 } from "node:zlib";
import { crc64 } from "./crc64.ts";
import { LzmaDecoder } from "./lzma.ts";
import { RangeDecoder } from "./range-decoder.ts";

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FILTER_DELTA = 3;
const FILTER_LZMA2 = 0x21;
const CHECK_CRC32 = 1;
const CHECK_CRC64 = 4;

/**
 * What a .xz stream holds, by LZMA2 and maybe a delta filter before it, which is what libtiff writes: the .xz file
 * format 1.1. Checks by CRC32 and CRC64 are verified. Throws an Error where it is damaged, has other filters, or more than
 * `limit` bytes.
 */
export function decodeXz(bytes: Uint8Array, limit: number): Uint8Array {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw new Error("it is no .xz stream");
  const check = bytes[7]! & 15;
  const decoder = new LzmaDecoder(limit);
  let at = 12;
  // A header of size 0 is the index, after the last block.
  while (at < bytes.length && bytes[at] !== 0) {
    const header = readBlockHeader(bytes, at);
    const first = decoder.written;
    at = decodeLzma2(bytes, header.end, decoder);
    at = Math.ceil(at / 4) * 4;
    const data = decoder.out.subarray(first, decoder.written);
    if (header.delta > 0) {
      for (let i = header.delta; i < data.length; i++) data[i] = data[i]! + data[i - header.delta]!;
    }
    verify(bytes, at, check, data);
    at += check === 0 ? 0 : 4 << Math.floor((check - 1) / 3);
  }
  return decoder.out.subarray(0, decoder.written);
}

/** Throws an Error where the check after a block isn't that of its data. */
function verify(bytes: Uint8Array, at: number, check: number, data: Uint8Array): void {
  if (check !== CHECK_CRC32 && check !== CHECK_CRC64) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + (check === CHECK_CRC32 ? 4 : 8) > bytes.length) throw new Error("the .xz stream ends early");
  const same =
    check === CHECK_CRC32
      ? view.getUint32(at, true) === crc32(data)
      : view.getBigUint64(at, true) === crc64(data);
  if (!same) throw new Error("the checksum of the .xz stream differs");
}

/** Where a block's data begins, and the distance of its delta filter, or 0. */
function readBlockHeader(bytes: Uint8Array, start: number): { readonly end: number; readonly delta: number } {
  const end = start + (bytes[start]! + 1) * 4;
  if (end > bytes.length) throw new Error("the .xz stream ends early");
  const flags = bytes[start + 1]!;
  let at = start + 2;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; at < end; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  if (flags & 0x40) number();
  if (flags & 0x80) number();
  let delta = 0;
  const filters = (flags & 3) + 1;
  for (let i = 0; i < filters; i++) {
    const id = number();
    const size = number();
    if (id === FILTER_DELTA) delta = bytes[at]! + 1;
    else if (id !== FILTER_LZMA2) throw new Error(`filter ${id} of .xz streams is not read`);
    at += size;
  }
  return { end, delta };
}

/** Decodes chunks until one says that it is the last, and returns where they end. */
function decodeLzma2(bytes: Uint8Array, start: number, decoder: LzmaDecoder): number {
  const byte = (at: number): number => {
    if (at >= bytes.length) throw new Error("the .xz stream ends early");
    return bytes[at]!;
  };
  const reserve = (count: number): void => {
    if (decoder.written + count > decoder.out.length)
      throw new Error(`it has more than ${decoder.out.length} bytes`);
  };
  let at = start;
  for (;;) {
    const control = byte(at);
    if (control === 0) return at + 1;
    const size = (byte(at + 1) << 8) + byte(at + 2) + 1;
    if (control === 1 || control >= 0xe0) decoder.dictionary = decoder.written;
    if (control < 0x80) {
      if (control > 2) throw new Error("an LZMA2 chunk of an unknown kind");
      at += 3;
      reserve(size);
      if (at + size > bytes.length) throw new Error("the .xz stream ends early");
      decoder.out.set(bytes.subarray(at, at + size), decoder.written);
      decoder.written += size;
      at += size;
      continue;
    }
    const unpacked = ((control & 0x1f) << 16) + size;
    const packed = (byte(at + 3) << 8) + byte(at + 4) + 1;
    at += 5;
    if (control >= 0xc0) decoder.setProperties(byte(at++));
    if (control >= 0xa0) decoder.reset();
    reserve(unpacked);
    if (at + packed > bytes.length) throw new Error("the .xz stream ends early");
    decoder.decode(new RangeDecoder(bytes, at, at + packed), unpacked);
    at += packed;
  }
}
