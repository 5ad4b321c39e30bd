import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";

export type WrittenCompression = "none" | "deflate" | "lzw" | "zstd";

/** How the tiles of an image are cut and encoded. */
export interface TileCoding {
  /** Of the samples in the file. */
  readonly dtype: DType;
  /** Rows and columns, multiples of 16. */
  readonly tile: readonly [number, number];
  readonly compression: WrittenCompression;
  /** The compression's effort; without a meaning for none and LZW. */
  readonly level: number;
  /** Differences of neighbouring pixels are stored (predictor 2). */
  readonly predictor: boolean;
  readonly littleEndian: boolean;
}

export interface CodingOptions {
  /** 512 x 512 by default. */
  readonly tile?: readonly [number, number];
  /** Deflate by default: every reader has it, and tifffile needs no further package for it. */
  readonly compression?: WrittenCompression;
  /** 1 (fast) to 9 for deflate, to 22 for zstd; 6 and 3 by default. */
  readonly compressionLevel?: number;
  /** Store differences of neighbouring pixels (integers only): smaller files, a little slower. */
  readonly predictor?: boolean;
  readonly littleEndian?: boolean;
}

export const COMPRESSION_CODE: { readonly [name in WrittenCompression]: number } = {
  none: 1,
  lzw: 5,
  deflate: 8,
  zstd: 50000,
};

const LEVELS: { readonly [name in WrittenCompression]?: { readonly most: number; readonly usual: number } } =
  { deflate: { most: 9, usual: 6 }, zstd: { most: 22, usual: 3 } };

/** TIFF's tables count tiles; a tile is decoded whole. */
const MAX_TILE_BYTES = 2 ** 28;

/** Checked options. `name` is for messages. Throws INVALID_ARGUMENT. */
export function tileCoding(name: string, dtype: DType, options: CodingOptions): TileCoding {
  const { tile = [512, 512], compression = "deflate", compressionLevel, predictor = false } = options;
  const wrong = (what: string, hint: string) =>
    new LamellaError("INVALID_ARGUMENT", `${name}: ${what}`, { hint });
  if (tile.some((n) => !Number.isSafeInteger(n) || n < 16 || n % 16 !== 0)) {
    throw wrong(`tiles of ${tile.join(" x ")}`, "TIFF wants multiples of 16.");
  }
  if (tile[0] * tile[1] * itemSize(dtype) > MAX_TILE_BYTES) {
    throw wrong(
      `tiles of ${tile.join(" x ")} ${dtype} are too large`,
      "Tiles of 512 x 512 serve most viewers.",
    );
  }
  if (predictor && (isFloat(dtype) || compression === "none")) {
    throw wrong(`a predictor for ${compression} ${dtype}`, "The predictor serves compressed integers.");
  }
  const levels = LEVELS[compression];
  if (compressionLevel !== undefined && !levels) {
    throw wrong(`${compression} has no level`, "Leave the level out, or choose deflate or zstd.");
  }
  if (
    compressionLevel !== undefined &&
    (!Number.isInteger(compressionLevel) || compressionLevel < 1 || compressionLevel > levels!.most)
  ) {
    throw wrong(`${compression} has no level ${compressionLevel}`, `Levels are 1 to ${levels!.most}.`);
  }
  return {
    dtype,
    tile,
    compression,
    level: compressionLevel ?? levels?.usual ?? 0,
    predictor,
    littleEndian: options.littleEndian ?? true,
  };
}
