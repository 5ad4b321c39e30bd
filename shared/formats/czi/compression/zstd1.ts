import { release } from "../../../block/release.ts";
import type { TileCodec } from "./codec.ts";
import { decodeZstd, ZSTD_MAX_RATIO } from "./zstd-frame.ts";

/** The only chunk that a header may have: its data byte says whether low and high bytes are apart. */
const HI_LO_CHUNK = 1;

/**
 * A header, then a Zstandard frame, in which all low bytes of 16-bit samples may come before all high ones.
 * Source: ZISRAW (CZI) File Format, "Compression: Zstd1".
 */
export const zstd1: TileCodec = {
  name: "Zstd1",
  code: 6,
  maxRatio: ZSTD_MAX_RATIO,
  decode(bytes, { expected }) {
    const { length, apart } = readHeader(bytes);
    const decoded = decodeZstd(bytes.subarray(length), expected);
    if (!apart) return decoded;
    if (decoded.length < expected || expected % 2 === 1)
      throw new Error(`it gives ${decoded.length} bytes, not ${expected}`);
    const joined = joinHalves(decoded);
    release(decoded);
    return joined;
  },
};

function readHeader(bytes: Uint8Array): { length: number; apart: boolean } {
  const length = bytes[0] ?? 0;
  if (length === 1) return { length, apart: false };
  if (length !== 3 || bytes.length < 3 || bytes[1] !== HI_LO_CHUNK)
    throw new Error(`its header of ${length} bytes is not known`);
  return { length, apart: (bytes[2]! & 1) === 1 };
}

function joinHalves(bytes: Uint8Array): Uint8Array {
  const half = bytes.length / 2;
  const out = new Uint16Array(half);
  for (let i = 0; i < half; i++) out[i] = bytes[i]! | (bytes[half + i]! << 8);
  return new Uint8Array(out.buffer);
}
