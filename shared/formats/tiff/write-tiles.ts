import { promisify } from "node:util";
import { deflate, constants as zlibConstants, zstdCompress } from "node:zlib";
import { allocate, bytesOf, type DType, itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";

/** A band of a plane: `rows` whole rows from `row` on, in C order. Level 0 is the full resolution. */
export interface BandRequest {
  readonly level: number;
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly row: number;
  readonly rows: number;
  readonly columns: number;
}

/** How the tiles of a file are cut and compressed. */
export interface TilePlan {
  readonly dtype: DType;
  readonly sizes: readonly (readonly [rows: number, columns: number])[];
  readonly tile: readonly [number, number];
  readonly compression: "none" | "deflate" | "zstd";
  readonly level: number;
  readonly predictor: boolean;
}

const PARALLEL_TILES = 4;

/** The encoded tiles of one plane and level, in order; a few are compressed at a time. */
export async function* encodedTiles(
  plan: TilePlan,
  level: number,
  plane: { readonly t: number; readonly c: number; readonly z: number },
  read: (request: BandRequest) => TypedArray | Promise<TypedArray>,
): AsyncGenerator<Uint8Array> {
  const [height, width] = plan.sizes[level]!;
  const [tileRows, tileColumns] = plan.tile;
  const pending: Promise<Uint8Array>[] = [];
  try {
    for (let row = 0; row < height; row += tileRows) {
      const rows = Math.min(tileRows, height - row);
      const band = await read({ ...plane, level, row, rows, columns: width });
      if (band.length !== rows * width || band.BYTES_PER_ELEMENT !== itemSize(plan.dtype)) {
        throw new LamellaError(
          "SHAPE_MISMATCH",
          `a band of ${band.length} elements, not ${rows} x ${width} ${plan.dtype}`,
        );
      }
      for (let column = 0; column < width; column += tileColumns) {
        pending.push(encodeTile(plan, cutTile(plan, band, rows, width, column)));
        if (pending.length >= PARALLEL_TILES) yield await pending.shift()!;
      }
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.allSettled(pending);
  }
}

/** One tile of a band, its margin beyond the image zero, as little-endian bytes. */
function cutTile(plan: TilePlan, band: TypedArray, rows: number, width: number, column: number): Uint8Array {
  const [tileRows, tileColumns] = plan.tile;
  const tile = allocate(plan.dtype, tileRows * tileColumns) as Uint8Array;
  const source = band as Uint8Array;
  const columns = Math.min(tileColumns, width - column);
  for (let row = 0; row < rows; row++) {
    const from = row * width + column;
    tile.set(source.subarray(from, from + columns), row * tileColumns);
  }
  if (plan.predictor) difference(tile, tileColumns);
  return bytesOf(tile);
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

const deflateAsync = promisify(deflate) as (
  bytes: Uint8Array,
  options: { level: number },
) => Promise<Uint8Array>;
const zstdAsync = promisify(zstdCompress) as (
  bytes: Uint8Array,
  options: { params: { [parameter: number]: number } },
) => Promise<Uint8Array>;

async function encodeTile(plan: TilePlan, bytes: Uint8Array): Promise<Uint8Array> {
  if (plan.compression === "deflate") return deflateAsync(bytes, { level: plan.level });
  if (plan.compression === "zstd") {
    return zstdAsync(bytes, { params: { [zlibConstants.ZSTD_c_compressionLevel]: plan.level } });
  }
  return bytes;
}
