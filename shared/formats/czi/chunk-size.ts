import { itemSize } from "../../block/dtype.ts";
import { codecFor } from "./compression/registry.ts";
import type { PixelType } from "./pixel-type.ts";
import type { Tile } from "./tile.ts";

/** Chunks of raw planes hold about this much; other tiles are decoded whole. */
const TARGET_BYTES = 2 * 1024 * 1024;
/** Smaller tiles are gathered into chunks of about this much. */
const SMALL_CHUNK_BYTES = 256 * 1024;
/** A raw tile of more than this is read by rows. */
export const LARGE_RAW_BYTES = 4 * 1024 * 1024;

export interface Tiling {
  readonly width: number;
  readonly height: number;
  readonly pixelType: PixelType;
  readonly planes: ReadonlyMap<number, readonly Tile[]>;
}

/**
 * Rows and columns of a chunk: as far apart as tiles lie, so that a chunk of a mosaic needs one tile and no strips of its
 * neighbours; fewer rows of tiles that are raw and large; more of tiles that are small.
 */
export function chunkSize({ planes, width, height, pixelType }: Tiling): [rows: number, columns: number] {
  const perPixel = itemSize(pixelType.dtype) * pixelType.samples;
  let [rows, columns, raw] = [1, 1, true];
  let fullest: readonly Tile[] = [];
  for (const tiles of planes.values()) {
    if (tiles.length > fullest.length) fullest = tiles;
    for (const tile of tiles) {
      rows = Math.max(rows, tile.rows);
      columns = Math.max(columns, tile.columns);
      raw &&= codecFor(tile.entry.compression)?.raw === true;
    }
  }
  if (raw && rows * columns * perPixel > LARGE_RAW_BYTES) {
    const wanted = Math.max(1, Math.round(TARGET_BYTES / (columns * perPixel)));
    const parts = Math.max(1, Math.round(rows / wanted));
    return [Math.min(height, Math.ceil(rows / parts)), Math.min(width, columns)];
  }
  rows = distance(fullest, (tile) => tile.row, rows);
  columns = distance(fullest, (tile) => tile.column, columns);
  while (rows * columns * perPixel < SMALL_CHUNK_BYTES && (rows < height || columns < width)) {
    if (columns <= rows && columns < width) columns *= 2;
    else if (rows < height) rows *= 2;
    else columns *= 2;
  }
  return [Math.min(height, rows), Math.min(width, columns)];
}

/** How far apart neighbouring tiles begin, mostly; `size` where they don't overlap. Stages come back a little beside their place. */
function distance(tiles: readonly Tile[], startOf: (tile: Tile) => number, size: number): number {
  const starts = [...new Set(tiles.map(startOf))].sort((a, b) => a - b);
  const steps: number[] = [];
  let from = starts[0] ?? 0;
  for (const start of starts) {
    if (start - from < size / 2) continue;
    steps.push(start - from);
    from = start;
  }
  steps.sort((a, b) => a - b);
  return Math.min(size, steps[steps.length >> 1] ?? size);
}
