import { type Block, newBlock } from "../block/block.ts";
import type { ChunkCache } from "../block/chunk-cache.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { readRegion } from "../block/read-region.ts";
import type { Region } from "../block/region.ts";
import type { PictureLevel } from "./picture.ts";
import type { ZoomDocument } from "./protocol.ts";

/** The side of a tile of the page, and of what the smallest zoom fits in. */
export const TILE = 512;

/**
 * What is drawn at each zoom k, the image shrunk 2^k times: a level of this size where there is one, else the nearest
 * pixels of the next larger level. Zooms end where the image fits in a tile.
 */
export function zoomsOf(levels: readonly PictureLevel[]): ZoomDocument[] {
  const [, , , height, width] = levels[0]!.source.shape as [number, number, number, number, number];
  const zooms: ZoomDocument[] = [];
  for (let k = 0; k === 0 || Math.max(height, width) / 2 ** (k - 1) > TILE; k++) {
    const [wantedHeight, wantedWidth] = [height / 2 ** k, width / 2 ** k];
    let level = 0;
    for (const [i, { source }] of levels.entries()) {
      // Sizes are rounded down or up, and a level may be of one pixel.
      if (source.shape[3]! > wantedHeight - 1 && source.shape[4]! > wantedWidth - 1) level = i;
    }
    const shape = levels[level]!.source.shape;
    const exact = Math.abs(shape[3]! - wantedHeight) < 1 && Math.abs(shape[4]! - wantedWidth) < 1;
    zooms.push({
      height: exact ? shape[3]! : Math.max(1, Math.floor(wantedHeight)),
      width: exact ? shape[4]! : Math.max(1, Math.floor(wantedWidth)),
      level,
      exact,
    });
  }
  return zooms;
}

/** A rectangle of a plane: t, c, z of the whole array; y, x, height, width in the zoom's pixels. */
export interface PlaneRequest {
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly height: number;
  readonly width: number;
}

/** Reads a rectangle at a zoom; cut at the zoom's ends. Gives Y, X in the source's dtype. */
export async function readPlane(
  levels: readonly PictureLevel[],
  zoom: ZoomDocument,
  request: PlaneRequest,
  cache: ChunkCache,
  signal?: AbortSignal,
): Promise<Block> {
  const { source } = levels[zoom.level]!;
  const whole = levels[0]!.source.shape;
  const place = [request.t, request.c, request.z].map((index, axis) =>
    Math.min(source.shape[axis]! - 1, Math.floor(((index + 0.5) * source.shape[axis]!) / whole[axis]!)),
  );
  const height = Math.max(0, Math.min(request.height, zoom.height - request.y));
  const width = Math.max(0, Math.min(request.width, zoom.width - request.x));
  if (height === 0 || width === 0) return newBlock(source.dtype, [0, 0]);
  const rows = samples(request.y, height, zoom.height, source.shape[3]!);
  const columns = samples(request.x, width, zoom.width, source.shape[4]!);
  const box: Region = {
    start: [...place, rows[0]!, columns[0]!],
    shape: [1, 1, 1, rows.at(-1)! - rows[0]! + 1, columns.at(-1)! - columns[0]! + 1],
  };
  if (box.shape[3] === height && box.shape[4] === width) {
    const block = newBlock(source.dtype, box.shape);
    await readRegion(source, box, block, { cache, signal });
    return { ...block, shape: [height, width] };
  }
  return readSamples(source, place, rows, columns, cache, signal);
}

/** The source pixel nearest to the centre of each of `count` pixels from `from`, of `total` that cover `length`. */
function samples(from: number, count: number, total: number, length: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    Math.min(length - 1, Math.floor(((from + i + 0.5) * length) / total)),
  );
}

/**
 * Chunk by chunk, so that a whole image of one level can be drawn small without being held; only chunks that a sample lies in, of
 * which there are no more than samples, however many the image has.
 */
async function readSamples(
  source: ChunkedSource,
  place: readonly number[],
  rows: Float64Array,
  columns: Float64Array,
  cache: ChunkCache,
  signal: AbortSignal | undefined,
): Promise<Block> {
  const target = newBlock(source.dtype, [rows.length, columns.length]);
  const inColumns = byChunk(columns, source.chunkShape[4]!);
  for (const { from: top, to: bottom } of byChunk(rows, source.chunkShape[3]!)) {
    for (const { from: left, to: right } of inColumns) {
      signal?.throwIfAborted();
      const [y, x] = [rows[top]!, columns[left]!];
      const width = columns[right - 1]! - x + 1;
      const part: Region = { start: [...place, y, x], shape: [1, 1, 1, rows[bottom - 1]! - y + 1, width] };
      const block = newBlock(source.dtype, part.shape);
      await readRegion(source, part, block, { cache, signal });
      for (let i = top; i < bottom; i++) {
        const row = (rows[i]! - y) * width - x;
        for (let j = left; j < right; j++)
          target.data[i * columns.length + j] = block.data[row + columns[j]!]!;
      }
    }
  }
  return target;
}

/** Ascending samples in groups [from, to) that lie in the same chunk of `side` pixels. */
function byChunk(samples: Float64Array, side: number): { from: number; to: number }[] {
  const groups: { from: number; to: number }[] = [];
  let last = -1;
  for (const [i, at] of samples.entries()) {
    const chunk = Math.floor(at / side);
    if (chunk === last) groups.at(-1)!.to = i + 1;
    else groups.push({ from: i, to: i + 1 });
    last = chunk;
  }
  return groups;
}
