import { crc32 } from "node:zlib";
import { LamellaError } from "../../errors.ts";
import type { BytesCodec } from "./codec.ts";
import { crc32c } from "./crc32c.ts";
import { decodeError, sizeError } from "./decode-error.ts";

type Checksum = (bytes: Uint8Array) => number;

/** numcodecs' checksums, and where each puts its four bytes unless `location` says otherwise. */
const CHECKSUMS: { readonly [name: string]: readonly [sum: Checksum, location: "start" | "end"] } = {
  crc32: [(bytes) => crc32(bytes), "start"],
  adler32: [adler32, "start"],
  crc32c: [(bytes) => crc32c(bytes), "end"],
  fletcher32: [fletcher32, "end"],
};

/** A checksum codec of numcodecs, little-endian, verified on reading. Equals numcodecs.checksum32 and numcodecs.fletcher32. */
export function checksumCodec(name: string, location?: unknown): BytesCodec {
  const [sum, usual] = CHECKSUMS[name]!;
  const isStart = (location === "start" || location === "end" ? location : usual) === "start";
  return {
    name: `numcodecs.${name}`,
    encodedBound: (length) => ({ bytes: length + 4, exact: true }),
    decode(bytes, bound) {
      const length = bytes.byteLength - 4;
      if (length < 0) throw decodeError(name, "cut short: no checksum");
      if (bound.exact ? length !== bound.bytes : length > bound.bytes)
        throw sizeError(name, bound.bytes, length);
      const payload = isStart ? bytes.subarray(4) : bytes.subarray(0, length);
      const at = bytes.byteOffset + (isStart ? 0 : length);
      const stored = new DataView(bytes.buffer, at, 4).getUint32(0, true);
      const computed = sum(payload);
      if (stored !== computed) {
        throw new LamellaError("CHECKSUM_MISMATCH", `${name}: stored ${stored}, computed ${computed}`, {
          hint: "The bytes changed since they were written. Copy them again from their source.",
          details: { codec: name, stored, computed },
        });
      }
      return payload;
    },
    encode(bytes) {
      const out = new Uint8Array(bytes.byteLength + 4);
      out.set(bytes, isStart ? 4 : 0);
      new DataView(out.buffer).setUint32(isStart ? 0 : bytes.byteLength, sum(bytes), true);
      return out;
    },
  };
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    // as many sums as fit into 32 bits before they are reduced
    for (const stop = Math.min(at + 5552, bytes.length); at < stop; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** HDF5's Fletcher-32: sums of big-endian words. */
function fletcher32(bytes: Uint8Array): number {
  let a = 0;
  let b = 0;
  const fold = (sum: number): number => (sum & 0xffff) + (sum >>> 16);
  const words = bytes.length >> 1;
  for (let i = 0; i < words; ) {
    for (const stop = Math.min(i + 360, words); i < stop; i++) {
      a += (bytes[2 * i]! << 8) | bytes[2 * i + 1]!;
      b += a;
    }
    a = fold(a);
    b = fold(b);
  }
  if (bytes.length % 2 === 1) {
    a += bytes.at(-1)! << 8;
    b += a;
    a = fold(a);
    b = fold(b);
  }
  return ((fold(b) << 16) | fold(a)) >>> 0;
}
