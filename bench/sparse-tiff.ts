import fs from "node:fs/promises";
import path from "node:path";
import { FIELD, TAG } from "../shared/formats/tiff/tags.ts";
import {
  align,
  encodeHeader,
  encodeIfd,
  headerBytes,
  type TagValue,
} from "../shared/formats/tiff/write-ifd.ts";

export const SPARSE_TILE = 512;
const TILE_BYTES = SPARSE_TILE * SPARSE_TILE * 2;
const FORMAT = { bigTiff: true, littleEndian: true };

/** What a tile of the image is: pixels of its own, or zeros, stored in either of the two ways that there are. */
export type TileKind = "real" | "hole" | "empty";

export interface SparseTiff {
  readonly path: string;
  /** Tiles along each side. */
  readonly tiles: number;
  /** Pixels along each side. */
  readonly side: number;
  /** Of the file, holes and all. */
  readonly bytes: number;
  readonly real: number;
}

/** Every tenth tile or so is real, without a pattern; of the others every second lies in a hole of the file. */
export function tileKind(row: number, column: number): TileKind {
  let h = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= h >>> 12;
  if ((h >>> 0) % 10 === 0) return "real";
  return (row + column) % 2 === 0 ? "hole" : "empty";
}

/** The pixels of a real tile: a slope with noise, another in each tile, never zero. */
export function tilePixels(row: number, column: number): Uint16Array {
  const out = new Uint16Array(SPARSE_TILE * SPARSE_TILE);
  let state = (Math.imul(row, 7919) + column + 1) | 0;
  const base = 100 + ((row * 31 + column * 17) % 1000);
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = base + (i >>> 9) + (i & 511) + (state >>> 26);
  }
  return out;
}

/**
 * Writes a BigTIFF of `tiles` x `tiles` uncompressed tiles of 512 x 512 uint16, a tenth of them real. A place is kept
 * for each tile, so the file is as long as its pixels, but only real tiles take room on the disk: the others are
 * holes of the file that offsets point into, or tiles of offset and count 0.
 */
export async function makeSparseTiff(target: string, tiles: number): Promise<SparseTiff> {
  await fs.mkdir(path.dirname(target), { recursive: true });
  const handle = await fs.open(target, "w");
  try {
    const first = align(headerBytes(FORMAT));
    const offsets = new Float64Array(tiles * tiles);
    const counts = new Float64Array(tiles * tiles);
    let real = 0;
    for (let index = 0; index < offsets.length; index++) {
      const [row, column] = [Math.floor(index / tiles), index % tiles];
      const kind = tileKind(row, column);
      if (kind === "empty") continue;
      offsets[index] = first + index * TILE_BYTES;
      counts[index] = TILE_BYTES;
      if (kind !== "real") continue;
      real++;
      const pixels = new Uint8Array(tilePixels(row, column).buffer);
      await handle.write(pixels, 0, pixels.length, offsets[index]);
    }
    const ifd = first + offsets.length * TILE_BYTES;
    const side = tiles * SPARSE_TILE;
    const one = (tag: number, type: number, value: number): TagValue => ({ tag, type, values: [value] });
    const directory = encodeIfd(
      [
        one(TAG.imageWidth, FIELD.long, side),
        one(TAG.imageLength, FIELD.long, side),
        one(TAG.bitsPerSample, FIELD.short, 16),
        one(TAG.compression, FIELD.short, 1),
        one(TAG.photometric, FIELD.short, 1),
        one(TAG.samplesPerPixel, FIELD.short, 1),
        one(TAG.tileWidth, FIELD.long, SPARSE_TILE),
        one(TAG.tileLength, FIELD.long, SPARSE_TILE),
        { tag: TAG.tileOffsets, type: FIELD.long8, values: offsets },
        { tag: TAG.tileByteCounts, type: FIELD.long8, values: counts },
      ],
      ifd,
      FORMAT,
      0,
    );
    await handle.write(directory, 0, directory.length, ifd);
    const header = encodeHeader(ifd, FORMAT);
    await handle.write(header, 0, header.length, 0);
    return { path: target, tiles, side, bytes: ifd + directory.length, real };
  } finally {
    await handle.close();
  }
}
