import { allocate, type DType, isBigInt, itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";
import type { PageLayout } from "./page.ts";
import { samplesPerSegment } from "./page.ts";

/** FillOrder 2: every byte with its bits in reverse. Returns a copy, the input may be cached. */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    let b = bytes[i]!;
    b = ((b & 0xf0) >> 4) | ((b & 0x0f) << 4);
    b = ((b & 0xcc) >> 2) | ((b & 0x33) << 2);
    out[i] = ((b & 0xaa) >> 1) | ((b & 0x55) << 1);
  }
  return out;
}

/**
 * Decoded bytes of whole rows as samples in native order. The result may be a view on `bytes`, or hold the
 * swapped values in its place, where `owned` says that nobody else uses the bytes.
 */
export function unpackSamples(
  bytes: Uint8Array,
  layout: PageLayout,
  rows: number,
  owned: boolean,
): TypedArray {
  const { bits, dtype } = layout;
  const perRow = layout.segmentWidth * samplesPerSegment(layout);
  if (bits === 24 && dtype === "float32") return unpackFloat24(bytes, perRow * rows, layout.littleEndian);
  if (bits !== itemSize(dtype) * 8 || dtype === "bool") return unpackBits(bytes, dtype, bits, perRow, rows);
  const length = perRow * rows;
  const swap = bits > 8 && !layout.littleEndian;
  const aligned = bytes.byteOffset % (bits / 8) === 0 ? bytes : new Uint8Array(bytes);
  const target = swap && !owned && aligned === bytes ? new Uint8Array(bytes) : aligned;
  if (swap) swapBytes(target.subarray(0, length * (bits / 8)), bits / 8);
  return viewOf(dtype, target.buffer, target.byteOffset, length);
}

/** Reverses the bytes of each element, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}

/**
 * Integers of 1 to 63 bits, high bits first, each row from a whole byte on; signed ones in two's complement. Whole
 * bytes are so in either byte order: libtiff and tifffile read odd widths big-endian.
 */
function unpackBits(bytes: Uint8Array, dtype: DType, bits: number, perRow: number, rows: number): TypedArray {
  if (isBigInt(dtype)) return unpackWide(bytes, dtype, bits, perRow, rows);
  const half = dtype.startsWith("int") ? 2 ** (bits - 1) : Number.POSITIVE_INFINITY;
  const out = allocate(dtype, perRow * rows) as Uint8Array | Uint16Array | Uint32Array;
  const rowBytes = Math.ceil((perRow * bits) / 8);
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes;
    let to = row * perRow;
    if (dtype === "bool") {
      for (let i = 0; i < perRow; i++, to++) out[to] = (bytes[at + (i >> 3)]! >> (7 - (i & 7))) & 1;
      continue;
    }
    let held = 0;
    let value = 0;
    for (let i = 0; i < perRow; i++, to++) {
      // Products, not shifts: up to 38 bits are held at a time.
      while (held < bits) {
        value = value * 256 + bytes[at++]!;
        held += 8;
      }
      const rest = 2 ** (held - bits);
      const sample = Math.floor(value / rest);
      out[to] = sample >= half ? sample - 2 * half : sample;
      value %= rest;
      held -= bits;
    }
  }
  return out;
}

/** The same for more than 32 bits. */
function unpackWide(bytes: Uint8Array, dtype: DType, bits: number, perRow: number, rows: number): TypedArray {
  const out = allocate(dtype, perRow * rows) as BigUint64Array;
  const rowBytes = Math.ceil((perRow * bits) / 8);
  const signed = dtype === "int64";
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes;
    let held = 0;
    let value = 0n;
    for (let i = 0; i < perRow; i++) {
      for (; held < bits; held += 8) value = (value << 8n) | BigInt(bytes[at++]!);
      held -= bits;
      const sample = value >> BigInt(held);
      out[row * perRow + i] = signed ? BigInt.asIntN(bits, sample) : sample;
      value = BigInt.asUintN(held, value);
    }
  }
  return out;
}

/** Adobe's 24-bit floats: one sign bit, seven of exponent, sixteen of mantissa (TIFF technical note 3). */
function unpackFloat24(bytes: Uint8Array, length: number, littleEndian: boolean): Float32Array {
  const out = new Float32Array(length);
  for (let i = 0, at = 0; i < length; i++, at += 3) {
    const high = bytes[littleEndian ? at + 2 : at]!;
    const mantissa = littleEndian
      ? bytes[at]! | (bytes[at + 1]! << 8)
      : (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const sign = high & 0x80 ? -1 : 1;
    const exponent = high & 0x7f;
    if (exponent === 0) out[i] = sign * mantissa * 2 ** (-62 - 16);
    else if (exponent === 0x7f) out[i] = mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else out[i] = sign * (1 + mantissa / 65536) * 2 ** (exponent - 63);
  }
  return out;
}
