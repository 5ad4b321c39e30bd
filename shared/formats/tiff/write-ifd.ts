import { FIELD, FIELD_SIZE } from "./tags.ts";

/** A tag to write: numbers, or text for ASCII. */
export interface TagValue {
  readonly tag: number;
  readonly type: number;
  readonly values: ArrayLike<number> | string;
}

/** What a file's numbers look like. */
export interface TiffFormat {
  /** Offsets of 8 bytes. */
  readonly bigTiff: boolean;
  readonly littleEndian: boolean;
}

/**
 * A directory at `offset`, followed by those of its values that don't fit into the entries. Tags must be in rising
 * order. `next` is the offset of the next directory, 0 at the end of the chain.
 */
export function encodeIfd(
  tags: readonly TagValue[],
  offset: number,
  { bigTiff, littleEndian }: TiffFormat,
  next: number,
): Uint8Array {
  const entrySize = bigTiff ? 20 : 12;
  const offsetSize = bigTiff ? 8 : 4;
  const countSize = bigTiff ? 8 : 2;
  const encoded = tags.map(({ type, values }) => encodeValues(type, values, littleEndian));
  let end = countSize + tags.length * entrySize + offsetSize;
  const places = encoded.map((bytes) => {
    if (bytes.length <= offsetSize) return 0;
    const at = align(end);
    end = at + bytes.length;
    return at;
  });
  const out = new Uint8Array(align(end));
  const view = new DataView(out.buffer);
  const pointer = (at: number, value: number): void => {
    if (bigTiff) view.setBigUint64(at, BigInt(value), littleEndian);
    else view.setUint32(at, value, littleEndian);
  };
  if (bigTiff) view.setBigUint64(0, BigInt(tags.length), littleEndian);
  else view.setUint16(0, tags.length, littleEndian);
  tags.forEach(({ tag, type }, i) => {
    const at = countSize + i * entrySize;
    const bytes = encoded[i]!;
    view.setUint16(at, tag, littleEndian);
    view.setUint16(at + 2, type, littleEndian);
    pointer(at + 4, bytes.length / FIELD_SIZE[type]!);
    const slot = at + 4 + offsetSize;
    if (places[i] === 0) {
      out.set(bytes, slot);
    } else {
      pointer(slot, offset + places[i]!);
      out.set(bytes, places[i]!);
    }
  });
  pointer(countSize + tags.length * entrySize, next);
  return out;
}

/** Bytes of the header. */
export function headerBytes(format: TiffFormat): number {
  return format.bigTiff ? 16 : 8;
}

/** The header that points at the first directory. */
export function encodeHeader(firstIfd: number, format: TiffFormat): Uint8Array {
  const { bigTiff, littleEndian } = format;
  const out = new Uint8Array(headerBytes(format));
  const view = new DataView(out.buffer);
  view.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, bigTiff ? 43 : 42, littleEndian);
  if (bigTiff) {
    view.setUint16(4, 8, littleEndian);
    view.setBigUint64(8, BigInt(firstIfd), littleEndian);
  } else {
    view.setUint32(4, firstIfd, littleEndian);
  }
  return out;
}

/** Directories and their values start at multiples of eight bytes. */
export function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

function encodeValues(type: number, values: ArrayLike<number> | string, littleEndian: boolean): Uint8Array {
  if (typeof values === "string") return new TextEncoder().encode(`${values}\0`);
  const size = FIELD_SIZE[type]!;
  const out = new Uint8Array(values.length * size);
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) {
    if (type === FIELD.short) view.setUint16(i * 2, values[i]!, littleEndian);
    else if (type === FIELD.long) view.setUint32(i * 4, values[i]!, littleEndian);
    else if (type === FIELD.long8 || type === FIELD.ifd8)
      view.setBigUint64(i * 8, BigInt(values[i]!), littleEndian);
    else throw new RangeError(`field type ${type} is not written`);
  }
  return out;
}
