import { isFloat, itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { ByteSink } from "./sink.ts";
import { FIELD, TAG } from "./tags.ts";
import { COMPRESSION_CODE, type TileCoding } from "./write-coding.ts";
import { align, encodeHeader, encodeIfd, headerBytes, type TagValue, type TiffFormat } from "./write-ifd.ts";

/** One resolution of all planes of an image: its size, and where its tiles were written. */
export class LevelTiles {
  readonly rows: number;
  readonly columns: number;
  readonly down: number;
  readonly across: number;
  /** By plane, then tile row by tile row. */
  readonly offsets: Float64Array;
  readonly counts: Uint32Array;

  constructor(planes: number, size: readonly [number, number], tile: readonly [number, number]) {
    [this.rows, this.columns] = size;
    this.down = Math.ceil(this.rows / tile[0]);
    this.across = Math.ceil(this.columns / tile[1]);
    this.offsets = new Float64Array(planes * this.down * this.across);
    this.counts = new Uint32Array(this.offsets.length);
  }

  indexOf(plane: number, row: number, column: number): number {
    return (plane * this.down + row) * this.across + column;
  }
}

/** An image whose tiles are in the file: its planes are directories, its smaller levels their SubIFDs. */
export interface WrittenImage {
  readonly planes: number;
  readonly coding: TileCoding;
  /** Largest first. */
  readonly levels: readonly LevelTiles[];
}

/** Tiles that are encoded at once; they are written in the order in which they came, whichever is first. */
const MOST_TILES = 16;
const MOST_BYTES = 32 * 2 ** 20;
/** Beyond this, a classic TIFF's offsets might not reach. */
const CLASSIC_LIMIT = 2 ** 32 - 2 ** 24;
const MAX_CLASSIC = 2 ** 32 - 1;

/**
 * Whether a file of these images may pass what a classic TIFF's offsets reach: incompressible tiles grow by less than
 * a hundredth (LZW: by a half), and each has 16 bytes of tables.
 */
export function needsBigTiff(images: readonly WrittenImage[], xml: string): boolean {
  let most = xml.length * 4;
  for (const { planes, coding, levels } of images) {
    const tileBytes = coding.tile[0] * coding.tile[1] * itemSize(coding.dtype);
    const growth = coding.compression === "lzw" ? 1.5 : 1.01;
    for (const { offsets } of levels) most += offsets.length * (tileBytes * growth + 80) + planes * 512;
  }
  return most > CLASSIC_LIMIT;
}

interface PendingTile {
  readonly tiles: LevelTiles;
  readonly index: number;
  readonly encoded: Promise<Uint8Array>;
  readonly bytes: number;
}

/** What tiles on their way take at most beside one of their own size, decoded and encoded, bytes. */
export const TILES_IN_FLIGHT_BYTES = 2 * MOST_BYTES;

/**
 * Writes a TIFF front to back: tiles as they come, then all directories together, so that a reader finds them in one
 * request, then the header. Memory is the tiles' tables and a few encoded tiles. The same tiles in the same order
 * give the same bytes.
 */
export class TiffWriter {
  readonly #sink: ByteSink;
  readonly #format: TiffFormat;
  readonly #pending: PendingTile[] = [];
  #pendingBytes = 0;
  #offset = 0;

  constructor(sink: ByteSink, format: TiffFormat) {
    this.#sink = sink;
    this.#format = format;
  }

  /** Bytes written so far. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Takes a tile of `bytes` decoded bytes in its turn; waits while too many are on their way. Throws INVALID_ARGUMENT
   * where a classic TIFF is full.
   */
  async put(tiles: LevelTiles, index: number, encoded: Promise<Uint8Array>, bytes: number): Promise<void> {
    encoded.catch(() => undefined);
    this.#pending.push({ tiles, index, encoded, bytes });
    this.#pendingBytes += bytes;
    while (
      this.#pending.length >= MOST_TILES ||
      (this.#pendingBytes > MOST_BYTES && this.#pending.length > 1)
    )
      await this.#writeNext();
  }

  /** Writes what was put so far. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0) await this.#writeNext();
  }

  async #writeNext(): Promise<void> {
    const { tiles, index, encoded: promise, bytes } = this.#pending.shift()!;
    this.#pendingBytes -= bytes;
    const encoded = await promise;
    await this.#begin();
    tiles.offsets[index] = this.#offset;
    tiles.counts[index] = encoded.length;
    await this.#append(encoded);
  }

  /** Directories and header. `xml` is the first directory's description. Resolves to the file's size. */
  async finish(images: readonly WrittenImage[], xml: string): Promise<number> {
    await this.drain();
    await this.#begin();
    if (this.#offset % 8 !== 0) await this.#append(new Uint8Array(align(this.#offset) - this.#offset));
    const firstIfd = this.#offset;
    const last = images.length - 1;
    for (const [i, image] of images.entries()) {
      for (let plane = 0; plane < image.planes; plane++) {
        const description = i === 0 && plane === 0 ? xml : undefined;
        await this.#plane(image, plane, description, i === last && plane === image.planes - 1);
      }
    }
    await this.#sink.finish(encodeHeader(firstIfd, this.#format));
    return this.#offset;
  }

  async abort(): Promise<void> {
    this.#pending.length = 0;
    await this.#sink.abort();
  }

  /** A plane's directory, and after it those of its levels: sizes first, then the offsets that depend on them. */
  async #plane(
    image: WrittenImage,
    plane: number,
    description: string | undefined,
    isLast: boolean,
  ): Promise<void> {
    const { levels } = image;
    const encode = (level: number, subIfds: readonly number[], next: number): Uint8Array =>
      encodeIfd(
        tagsOf(image, plane, level, subIfds, level === 0 ? description : undefined, this.#format),
        this.#offset,
        this.#format,
        next,
      );
    const subIfds = new Array<number>(levels.length - 1).fill(0);
    const main = encode(0, subIfds, 0).length;
    let end = this.#offset + main;
    for (let level = 1; level < levels.length; level++) {
      subIfds[level - 1] = end;
      end += encode(level, [], 0).length;
    }
    await this.#append(encode(0, subIfds, isLast ? 0 : end));
    for (let level = 1; level < levels.length; level++) await this.#append(encode(level, [], 0));
  }

  async #begin(): Promise<void> {
    if (this.#offset === 0) await this.#append(new Uint8Array(headerBytes(this.#format)));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    if (!this.#format.bigTiff && this.#offset > MAX_CLASSIC) {
      throw new LamellaError("INVALID_ARGUMENT", `the file grows beyond the 4 GiB of a classic TIFF`, {
        hint: "Write a BigTIFF.",
      });
    }
    await this.#sink.write(bytes);
  }
}

function tagsOf(
  { coding, levels }: WrittenImage,
  plane: number,
  level: number,
  subIfds: readonly number[],
  description: string | undefined,
  { bigTiff }: TiffFormat,
): TagValue[] {
  const { rows, columns, down, across, offsets, counts } = levels[level]!;
  const tiles = down * across;
  const wide = bigTiff ? FIELD.long8 : FIELD.long;
  const one = (tag: number, type: number, value: number): TagValue => ({ tag, type, values: [value] });
  const part = (table: Float64Array | Uint32Array) => table.subarray(plane * tiles, (plane + 1) * tiles);
  return [
    one(TAG.newSubfileType, FIELD.long, level > 0 ? 1 : 0),
    one(TAG.imageWidth, FIELD.long, columns),
    one(TAG.imageLength, FIELD.long, rows),
    one(TAG.bitsPerSample, FIELD.short, itemSize(coding.dtype) * 8),
    one(TAG.compression, FIELD.short, COMPRESSION_CODE[coding.compression]),
    one(TAG.photometric, FIELD.short, 1),
    ...(description === undefined
      ? []
      : [{ tag: TAG.imageDescription, type: FIELD.ascii, values: description }]),
    one(TAG.samplesPerPixel, FIELD.short, 1),
    one(TAG.planarConfiguration, FIELD.short, 1),
    { tag: TAG.software, type: FIELD.ascii, values: "Lamella" },
    ...(coding.predictor ? [one(TAG.predictor, FIELD.short, 2)] : []),
    one(TAG.tileWidth, FIELD.long, coding.tile[1]),
    one(TAG.tileLength, FIELD.long, coding.tile[0]),
    { tag: TAG.tileOffsets, type: wide, values: part(offsets) },
    { tag: TAG.tileByteCounts, type: wide, values: part(counts) },
    ...(subIfds.length > 0
      ? [{ tag: TAG.subIfds, type: bigTiff ? FIELD.ifd8 : FIELD.long, values: subIfds }]
      : []),
    one(TAG.sampleFormat, FIELD.short, isFloat(coding.dtype) ? 3 : coding.dtype.startsWith("int") ? 2 : 1),
  ];
}
