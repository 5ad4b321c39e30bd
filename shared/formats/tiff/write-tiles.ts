import { promisify } from "node:util";
import { deflate, zstdCompress } from "node:zlib";
import { allocate, bytesOf, itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";
import { zstdParams } from "../../zarr/codecs/native-context.ts";
import { encodeLzw } from "./compression/lzw-encode.ts";
import { swapBytes } from "./unpack.ts";
import type { TileCoding } from "./write-coding.ts";

/** Rows of whole planes in memory, from which tiles are cut. */
export interface TileBand {
  readonly data: TypedArray;
  /** Of the first element of the plane's box in `data`; its rows follow each other without gaps. */
  readonly origin: number;
  readonly rows: number;
  readonly columns: number;
}

/** The tile whose upper left corner is at `row`, `column` of a band; its margin beyond the band is zero. */
export function cutTile(coding: TileCoding, band: TileBand, row: number, column: number): TypedArray {
  const [tileRows, tileColumns] = coding.tile;
  const tile = allocate(coding.dtype, tileRows * tileColumns) as Uint8Array;
  const source = band.data as Uint8Array;
  const rows = Math.min(tileRows, band.rows - row);
  const columns = Math.min(tileColumns, band.columns - column);
  for (let i = 0; i < rows; i++) {
    const from = band.origin + (row + i) * band.columns + column;
    tile.set(source.subarray(from, from + columns), i * tileColumns);
  }
  return tile;
}

const deflateAsync = promisify(deflate) as (
  bytes: Uint8Array,
  options: { level: number },
) => Promise<Uint8Array>;
const zstdAsync = promisify(zstdCompress) as (
  bytes: Uint8Array,
  options: { params: { [parameter: number]: number }; pledgedSrcSize: number },
) => Promise<Uint8Array>;

/** Encodes tiles, which it takes over. Deflate and zstd run on the process's pool of threads. */
export class TileEncoder {
  readonly #coding: TileCoding;
  #zero: Promise<Uint8Array> | undefined;

  constructor(coding: TileCoding) {
    this.#coding = coding;
  }

  encode(tile: TypedArray): Promise<Uint8Array> {
    if (isZero(tile)) {
      // Background is most of some slides: its one encoding is kept.
      this.#zero ??= this.#encode(tile);
      return this.#zero;
    }
    return this.#encode(tile);
  }

  async #encode(tile: TypedArray): Promise<Uint8Array> {
    const { compression, level, predictor, littleEndian } = this.#coding;
    if (predictor) difference(tile, this.#coding.tile[1]);
    const bytes = bytesOf(tile);
    if (!littleEndian) swapBytes(bytes, itemSize(this.#coding.dtype));
    switch (compression) {
      case "deflate":
        return deflateAsync(bytes, { level });
      case "zstd":
        // Bio-Formats reads only frames that say how long they are.
        return zstdAsync(bytes, {
          params: zstdParams({ level }),
          pledgedSrcSize: bytes.byteLength,
        });
      case "lzw":
        return encodeLzw(bytes);
      case "none":
        return bytes;
    }
  }
}

function isZero(tile: TypedArray): boolean {
  // Tiles have whole multiples of 256 elements, and memory of their own.
  const words = new Uint32Array(tile.buffer, tile.byteOffset, tile.byteLength / 4);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

/** Predictor 2, in place. */
function difference(tile: TypedArray, columns: number): void {
  const size = tile.BYTES_PER_ELEMENT;
  const unsigned = size === 1 ? "uint8" : size === 2 ? "uint16" : "uint32";
  const values = viewOf(unsigned, tile.buffer, tile.byteOffset, tile.length) as Uint16Array;
  for (let end = values.length; end > 0; end -= columns) {
    for (let i = end - 1; i > end - columns; i--) values[i] = values[i]! - values[i - 1]!;
  }
}
