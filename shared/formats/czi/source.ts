import { type Block, newBlock } from "../../block/block.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import type { DType, TypedArray } from "../../block/dtype.ts";
import { release } from "../../block/release.ts";
import { Limit } from "../../storage/limit.ts";
import type { ByteFile } from "../byte-file.ts";
import { chunkSize, LARGE_RAW_BYTES } from "./chunk-size.ts";
import { codecFor } from "./compression/registry.ts";
import type { PixelType } from "./pixel-type.ts";
import { readRawRows, readTile, tileBytes } from "./subblock.ts";
import { type Box, covers, meet, type Tile } from "./tile.ts";
import { type Loan, TileCache } from "./tile-cache.ts";

/** Tiles on their way at a time, decoded or not, in bytes and at most; and those of one chunk. */
const IN_FLIGHT_BYTES = 24 * 1024 * 1024;
const CHUNK_IN_FLIGHT_BYTES = 8 * 1024 * 1024;
const MAX_IN_FLIGHT = 8;

export interface CziSourceOptions {
  readonly label: string;
  readonly file: ByteFile;
  readonly pixelType: PixelType;
  /** T, C, Z, Y, X. C counts every sample: a plane of three samples is three channels. */
  readonly shape: readonly [number, number, number, number, number];
  /** Tiles by (t * planesC + c) * Z + z, where planesC is C / samples, each lowest first; absent planes read as zero. */
  readonly planes: ReadonlyMap<number, readonly Tile[]>;
}

/**
 * Tiles in their places as one TCZYX array; where tiles overlap, the last of a plane's list is seen, as with libCZI.
 * Pixels that no tile covers are zero. A chunk reads only the tiles that it meets and that others don't hide.
 */
export class CziSource implements ChunkedSource {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue = 0;
  readonly #file: ByteFile;
  readonly #pixelType: PixelType;
  readonly #planes: ReadonlyMap<number, readonly Tile[]>;
  readonly #cache = new TileCache();
  readonly #limit: Limit;
  readonly #ahead: number;

  constructor(options: CziSourceOptions) {
    const { pixelType, shape } = options;
    this.label = options.label;
    this.shape = shape;
    this.dtype = pixelType.dtype;
    this.#file = options.file;
    this.#pixelType = pixelType;
    this.#planes = options.planes;
    const [, , , height, width] = shape;
    this.chunkShape = [1, pixelType.samples, 1, ...chunkSize({ ...options, height, width })];
    const largest = largestTile(options.planes);
    const share = (bytes: number): number =>
      Math.max(1, Math.min(MAX_IN_FLIGHT, Math.floor(bytes / largest)));
    this.#limit = new Limit(Math.max(2, share(IN_FLIGHT_BYTES)));
    this.#ahead = share(CHUNK_IN_FLIGHT_BYTES);
  }

  async readChunk(coords: readonly number[], signal?: AbortSignal): Promise<Block | undefined> {
    const start = coords.map((c, axis) => c * this.chunkShape[axis]!);
    const shape = this.chunkShape.map((n, axis) => Math.min(n, this.shape[axis]! - start[axis]!));
    const [t, c, z, row, column] = start as [number, number, number, number, number];
    const { samples } = this.#pixelType;
    const plane = (t * (this.shape[1]! / samples) + c / samples) * this.shape[2]! + z;
    const box = { row, rows: shape[3]!, column, columns: shape[4]! };
    const tiles = seenTiles(this.#planes.get(plane) ?? [], box);
    if (tiles.length === 0) return undefined;
    const only = tiles[0]!;
    if (tiles.length === 1 && samples === 1 && covers(only, box) && covers(box, only)) {
      return { dtype: this.dtype, shape, data: await readTile(this.#file, only, signal) };
    }
    let block: Block | undefined;
    // Some tiles are on their way while one is decoded; they are laid down in their order.
    const reading: Promise<TileBox>[] = [];
    try {
      for (let i = 0; i < tiles.length; i++) {
        while (reading.length < Math.min(tiles.length, i + this.#ahead)) {
          const tile = tiles[reading.length]!;
          const next = this.#limit.run(() => this.#read(tile, box, signal));
          next.catch(() => undefined);
          reading.push(next);
        }
        const read = await reading[i]!;
        block ??= newBlock(this.dtype, shape);
        copyTile(block.data, box, read, this.#pixelType);
        read.done();
        reading[i] = DONE;
      }
    } finally {
      for (const left of reading) {
        left.then(
          (read) => read.done(),
          () => undefined,
        );
      }
    }
    return block;
  }

  /** The tile's pixels, or the rows of it that the box needs where it is raw and large. */
  async #read(tile: Tile, box: Box, signal?: AbortSignal): Promise<TileBox> {
    const { row, column, rows, columns } = tile;
    if (codecFor(tile.entry.compression)?.raw && tileBytes(tile) > LARGE_RAW_BYTES) {
      const part = meet(tile, box)!;
      const data = await readRawRows(this.#file, tile, part.row - row, part.rows, signal);
      return { row: part.row, column, rows: part.rows, columns, data, done: () => release(data) };
    }
    if (covers(box, tile)) {
      // No other chunk will ask for it.
      const data = await readTile(this.#file, tile, signal);
      return { row, column, rows, columns, data, done: () => release(data) };
    }
    const loan = await this.#cache.borrow(tile, () => readTile(this.#file, tile, signal));
    return { row, column, rows, columns, ...loan };
  }
}

/** Stored pixels and where they lie. */
interface TileBox extends Box, Loan {}

const DONE: Promise<TileBox> = Promise.resolve({
  row: 0,
  rows: 0,
  column: 0,
  columns: 0,
  data: new Uint8Array(0),
  done: () => undefined,
});

function largestTile(planes: ReadonlyMap<number, readonly Tile[]>): number {
  let largest = 1;
  for (const tiles of planes.values()) for (const tile of tiles) largest = Math.max(largest, tileBytes(tile));
  return largest;
}

/** The tiles that a box meets, lowest first, without those that a single other one hides. */
function seenTiles(tiles: readonly Tile[], box: Box): Tile[] {
  const seen: Tile[] = [];
  for (let i = tiles.length - 1; i >= 0; i--) {
    const part = meet(tiles[i]!, box);
    if (part && !seen.some((above) => covers(above, part))) seen.push(tiles[i]!);
  }
  return seen.reverse();
}

/** Copies what a tile has of the box, its samples apart and in the order of channels. */
function copyTile(out: TypedArray, box: Box, tile: TileBox, { samples, order }: PixelType): void {
  const part = meet(tile, box)!;
  const target = out as Uint8Array;
  const source = tile.data as Uint8Array;
  for (let s = 0; s < samples; s++) {
    for (let row = part.row; row < part.row + part.rows; row++) {
      const to = (s * box.rows + row - box.row) * box.columns + part.column - box.column;
      const from = ((row - tile.row) * tile.columns + part.column - tile.column) * samples + order[s]!;
      if (samples === 1) target.set(source.subarray(from, from + part.columns), to);
      else for (let i = 0; i < part.columns; i++) target[to + i] = source[from + i * samples]!;
    }
  }
}
