import { type Block, newBlock } from "../block/block.ts";
import type { ChunkCache } from "../block/chunk-cache.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { fill } from "../block/copy.ts";
import { readRegion } from "../block/read-region.ts";
import type { Region } from "../block/region.ts";
import type { PictureLevel } from "./picture.ts";
import type { ZoomDocument } from "./protocol.ts";
import { type SampleCache, type Samples, sampleOf } from "./sample-cache.ts";

/** The side of a tile of the page, and of what the smallest zoom fits in. */
export const TILE = 512;
/** The side of a tile where pixels are picked from far apart. */
export const SMALL_TILE = 128;

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

/** What was decoded of a page's images. */
export interface PlaneCaches {
  readonly chunks: ChunkCache;
  readonly samples: SampleCache;
}

/** Chunks of a rectangle that are read at once. */
const AT_ONCE = 4;

/** Reads a rectangle at zoom `k`; cut at the zoom's ends. Gives Y, X in the source's dtype. */
export async function readPlane(
  levels: readonly PictureLevel[],
  k: number,
  request: PlaneRequest,
  caches: PlaneCaches,
  signal?: AbortSignal,
): Promise<Block> {
  const zooms = zoomsOf(levels);
  const zoom = zooms[k]!;
  const { source } = levels[zoom.level]!;
  const whole = levels[0]!.source.shape;
  const place = [request.t, request.c, request.z].map((index, axis) =>
    Math.min(source.shape[axis]! - 1, Math.floor(((index + 0.5) * source.shape[axis]!) / whole[axis]!)),
  );
  const height = Math.max(0, Math.min(request.height, zoom.height - request.y));
  const width = Math.max(0, Math.min(request.width, zoom.width - request.x));
  if (height === 0 || width === 0 || whole.includes(0)) return newBlock(source.dtype, [0, 0]);
  if (zoom.exact) {
    const box: Region = { start: [...place, request.y, request.x], shape: [1, 1, 1, height, width] };
    const block = newBlock(source.dtype, box.shape);
    await readRegion(source, box, block, { cache: caches.chunks, signal });
    return { ...block, shape: [height, width] };
  }
  const box = { y: request.y, x: request.x, height, width };
  return readSamples(source, zooms, k, place, box, caches, signal);
}

/** The rows and columns of a rectangle of a zoom whose pixels are picked, by the chunks that they lie in. */
export function chunksSampled(
  { shape, chunkShape }: ChunkedSource,
  zoom: ZoomDocument,
  box: Pick<PlaneRequest, "y" | "x" | "height" | "width">,
): { rows: ChunkSpan[]; columns: ChunkSpan[] } {
  return {
    rows: byChunk(box.y, box.height, zoom.height, shape[3]!, chunkShape[3]!),
    columns: byChunk(box.x, box.width, zoom.width, shape[4]!, chunkShape[4]!),
  };
}

/**
 * Chunk by chunk, so that a whole image of one level can be drawn small without being held; only chunks that a sample lies in, of
 * which there are no more than samples, however many the image has.
 */
async function readSamples(
  source: ChunkedSource,
  zooms: readonly ZoomDocument[],
  k: number,
  place: readonly number[],
  box: Pick<PlaneRequest, "y" | "x" | "height" | "width">,
  { chunks, samples }: PlaneCaches,
  signal: AbortSignal | undefined,
): Promise<Block> {
  const { rows, columns } = chunksSampled(source, zooms[k]!, box);
  const target = newBlock(source.dtype, [box.height, box.width]);
  fill(target.data, source.dtype, source.fillValue);
  const outer = place.map((at, axis) => Math.floor(at / source.chunkShape[axis]!));
  const inner = place.map((at, axis) => at % source.chunkShape[axis]!) as [number, number, number];
  const copy = (found: Samples, row: ChunkSpan, column: ChunkSpan): void => {
    const [, c, z, height, width] = found.shape as [number, number, number, number, number];
    const plane = ((inner[0] * c + inner[1]) * z + inner[2]) * height;
    for (let i = row.from; i < row.to; i++) {
      const from = (plane + i - found.rows.from) * width + column.from - found.columns.from;
      const part = found.data.subarray(from, from + column.to - column.from);
      target.data.set(part as never, (i - box.y) * box.width + column.from - box.x);
    }
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < rows.length * columns.length; i = next++) {
      signal?.throwIfAborted();
      const [row, column] = [rows[Math.floor(i / columns.length)]!, columns[i % columns.length]!];
      const coords = [...outer, row.chunk, column.chunk];
      const found = await samples.read(source, zooms, k, coords, chunks, signal);
      if (found) copy(found, row, column);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return target;
}

/** Pixels [from, to) of a zoom whose samples lie in the same chunk. */
interface ChunkSpan {
  readonly chunk: number;
  readonly from: number;
  to: number;
}

function byChunk(first: number, count: number, total: number, length: number, side: number): ChunkSpan[] {
  const spans: ChunkSpan[] = [];
  for (let i = first; i < first + count; i++) {
    const chunk = Math.floor(sampleOf(i, total, length) / side);
    const last = spans.at(-1);
    if (last?.chunk === chunk) last.to = i + 1;
    else spans.push({ chunk, from: i, to: i + 1 });
  }
  return spans;
}

/** How many pixels of the level that is read lie between two that a zoom shows; 1 where it shows them all. */
export function stepOf(levels: readonly PictureLevel[], zoom: ZoomDocument): number {
  const { shape } = levels[zoom.level]!.source;
  return zoom.exact ? 1 : Math.max(shape[3]! / zoom.height, shape[4]! / zoom.width);
}
