import type { HeaderReader } from "../header-reader.ts";
import { tiffError } from "./error.ts";
import { FIELD, FIELD_SIZE, TAG_NAME } from "./tags.ts";

/** The eight (BigTIFF: sixteen) bytes that a TIFF starts with. */
export interface TiffHeader {
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  readonly firstIfd: number;
}

/** One directory entry; its values stay in the file until they are asked for. */
export interface IfdEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Where the values are, whether in the entry itself or elsewhere. */
  readonly at: number;
}

/** An image file directory. */
export interface Ifd {
  /** For messages: "IFD 3", "IFD 3 SubIFD 1". */
  readonly label: string;
  readonly offset: number;
  readonly entries: ReadonlyMap<number, IfdEntry>;
  /** Offset of the next directory in the chain, 0 at its end. */
  readonly next: number;
}

/** More entries than any writer makes; tifffile draws the same line. */
const MAX_ENTRIES = 4096;
/** Bytes of tag values read from one file in all, however often directories point at the same bytes. */
const MAX_VALUE_BYTES = 256 * 1024 * 1024;

/**
 * Reads directories and their values by the TIFF 6.0 and BigTIFF layouts. geotiff's parser was tried for this:
 * it takes counts on trust, fetches each value by a request of its own, and reads the deferred strip and tile
 * tables of big-endian files as little-endian.
 */
export class IfdReader {
  readonly header: TiffHeader;
  readonly reader: HeaderReader;
  readonly #file: string;
  readonly #size: number;
  #valueBytes = 0;

  private constructor(reader: HeaderReader, header: TiffHeader) {
    this.reader = reader;
    this.header = header;
    this.#file = reader.file.uri;
    this.#size = reader.file.size;
  }

  /** Throws TIFF_MALFORMED where the header is none, TIFF_TRUNCATED where it is cut. */
  static async open(reader: HeaderReader): Promise<IfdReader> {
    const file = reader.file.uri;
    const bytes = await reader.read(0, 16);
    if (bytes.length < 8)
      throw tiffError("TIFF_TRUNCATED", { file }, `${bytes.length} bytes are not a TIFF header`);
    const view = viewOf(bytes);
    const order = view.getUint16(0);
    const littleEndian = order === 0x4949;
    const magic = view.getUint16(2, littleEndian);
    if ((!littleEndian && order !== 0x4d4d) || (magic !== 42 && magic !== 43)) {
      throw tiffError("TIFF_MALFORMED", { file }, "no TIFF header");
    }
    const bigTiff = magic === 43;
    if (bigTiff && (bytes.length < 16 || view.getUint16(4, littleEndian) !== 8)) {
      throw tiffError("TIFF_MALFORMED", { file }, "a BigTIFF header without offsets of 8 bytes");
    }
    const firstIfd = bigTiff ? Number(view.getBigUint64(8, littleEndian)) : view.getUint32(4, littleEndian);
    return new IfdReader(reader, { littleEndian, bigTiff, firstIfd });
  }

  /** The directory at `offset`. Throws TIFF_TRUNCATED, TIFF_MALFORMED. */
  async ifd(offset: number, label: string): Promise<Ifd> {
    const { littleEndian, bigTiff } = this.header;
    const where = { file: this.#file, ifd: label, offset };
    const countSize = bigTiff ? 8 : 2;
    const entrySize = bigTiff ? 20 : 12;
    const offsetSize = bigTiff ? 8 : 4;
    const head = await this.reader.read(offset, countSize);
    if (offset < 8 || head.length < countSize) {
      throw tiffError("TIFF_TRUNCATED", where, `the directory would be at byte ${offset} of ${this.#size}`);
    }
    const count = bigTiff ? this.#wide(viewOf(head), 0) : viewOf(head).getUint16(0, littleEndian);
    if (count === 0 || count > MAX_ENTRIES) {
      throw tiffError("TIFF_MALFORMED", where, `a directory of ${count} entries`);
    }
    const start = offset + countSize;
    const bytes = await this.reader.read(start, count * entrySize + offsetSize);
    // The link to the next directory counts: where it is cut off, so may be the pages after it.
    if (bytes.length < count * entrySize + offsetSize) {
      throw tiffError("TIFF_TRUNCATED", where, `the file ends within a directory of ${count} entries`);
    }
    const view = viewOf(bytes);
    const entries = new Map<number, IfdEntry>();
    for (let i = 0; i < count; i++) {
      const at = i * entrySize;
      const tag = view.getUint16(at, littleEndian);
      const type = view.getUint16(at + 2, littleEndian);
      const values = bigTiff ? this.#wide(view, at + 4) : view.getUint32(at + 4, littleEndian);
      const size = FIELD_SIZE[type] ?? 0;
      if (size === 0 || values === 0 || entries.has(tag)) continue;
      const slot = at + (bigTiff ? 12 : 8);
      const inline = values * size <= offsetSize;
      entries.set(tag, { tag, type, count: values, at: inline ? start + slot : this.#offset(view, slot) });
    }
    const next = this.#offset(view, count * entrySize);
    return { label, offset, entries, next };
  }

  /** An entry's bytes. Throws TIFF_TRUNCATED naming the tag. */
  async bytes(ifd: Ifd, entry: IfdEntry, count = entry.count): Promise<Uint8Array> {
    const length = Math.min(count, entry.count) * FIELD_SIZE[entry.type]!;
    const tag = TAG_NAME[entry.tag] ?? String(entry.tag);
    const where = { file: this.#file, ifd: ifd.label, tag, offset: entry.at };
    if (entry.at + length > this.#size) {
      throw tiffError(
        "TIFF_TRUNCATED",
        where,
        `tag ${tag} has ${length} bytes at ${entry.at}, the file ends at ${this.#size}`,
      );
    }
    this.#valueBytes += length;
    if (this.#valueBytes > Math.min(MAX_VALUE_BYTES, this.#size + 16 * 1024 * 1024)) {
      throw tiffError("TIFF_MALFORMED", where, "the directories hold more than the file");
    }
    return this.reader.read(entry.at, length);
  }

  /** The first `count` values of a numeric entry; rationals as their quotient. */
  async numbers(ifd: Ifd, entry: IfdEntry, count = entry.count): Promise<number[]> {
    const bytes = await this.bytes(ifd, entry, count);
    const view = viewOf(bytes);
    const little = this.header.littleEndian;
    const size = FIELD_SIZE[entry.type]!;
    const out = new Array<number>(bytes.length / size);
    for (let i = 0, at = 0; i < out.length; i++, at += size) {
      switch (entry.type) {
        case FIELD.short:
          out[i] = view.getUint16(at, little);
          break;
        case FIELD.long:
        case FIELD.ifd:
          out[i] = view.getUint32(at, little);
          break;
        case FIELD.long8:
        case FIELD.ifd8:
          out[i] = this.#wide(view, at);
          break;
        case FIELD.slong8:
          out[i] = Number(view.getBigInt64(at, little));
          break;
        case FIELD.sbyte:
          out[i] = view.getInt8(at);
          break;
        case FIELD.sshort:
          out[i] = view.getInt16(at, little);
          break;
        case FIELD.slong:
          out[i] = view.getInt32(at, little);
          break;
        case FIELD.float:
          out[i] = view.getFloat32(at, little);
          break;
        case FIELD.double:
          out[i] = view.getFloat64(at, little);
          break;
        case FIELD.rational:
          out[i] = view.getUint32(at, little) / view.getUint32(at + 4, little);
          break;
        case FIELD.srational:
          out[i] = view.getInt32(at, little) / view.getInt32(at + 4, little);
          break;
        default:
          out[i] = bytes[at]!;
      }
    }
    return out;
  }

  /** Beyond 2^53 no file reaches: such a value is kept as it rounds, and fails where it is compared to the size. */
  #wide(view: DataView, at: number): number {
    return Number(view.getBigUint64(at, this.header.littleEndian));
  }

  #offset(view: DataView, at: number): number {
    return this.header.bigTiff ? this.#wide(view, at) : view.getUint32(at, this.header.littleEndian);
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
