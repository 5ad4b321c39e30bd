import { LamellaError } from "../errors.ts";
import { type Block, newBlock, sizeOf } from "./block.ts";
import type { BorderWidths } from "./borders.ts";
import type { ChunkCache, ChunkRequest, Piece } from "./chunk-cache.ts";
import { chunkRegion, chunksMeeting } from "./chunk-grid.ts";
import type { ChunkedSource } from "./chunked-source.ts";
import { copyBox, fill } from "./copy.ts";
import { itemSize } from "./dtype.ts";
import { inPages } from "./pages.ts";
import { holds, intersect, type Region } from "./region.ts";
import { release } from "./release.ts";

/** How many chunks of a region are fetched at once: enough to hide an object store's latency, little enough to hold. */
export const READ_AHEAD = 4;
/** How many of a source that is on this computer. */
const READ_AHEAD_NEAR = 2;

export interface ReadContext {
  readonly cache?: ChunkCache | undefined;
  /** Instead of the cache: reads the chunks that all workers share. */
  readonly shared?: ((request: ChunkRequest) => Promise<void>) | undefined;
  /** How wide the borders are that other tasks will read of this source's chunks. */
  readonly widths?: BorderWidths | undefined;
  /** When the chunk that begins at `start` will be needed whole: the number of a task. */
  readonly turnOf?: ((start: readonly number[]) => number) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Decodes the chunk at `coords`, `shape` of which lies inside the array, straight to where it belongs in the target; false where
   * it is absent. Asked where a chunk is taken whole and nothing of it is kept.
   */
  readonly take?: TakeChunk | undefined;
  /** Is added to. */
  readonly count?: RegionCount | undefined;
}

export type TakeChunk = (
  coords: readonly number[],
  shape: readonly number[],
  to: readonly number[],
) => Promise<boolean>;

/** Bytes of the chunks that were decoded, and of the regions that were taken of them. */
export interface RegionCount {
  decodedBytes: number;
  takenBytes: number;
}

/**
 * Fills `target` (whose shape is the region's) with a region of a source that lies inside the array. Absent chunks
 * become the fill value. The one way in which pixels enter a task.
 */
export async function readRegion(
  source: ChunkedSource,
  region: Region,
  target: Block,
  context: ReadContext = {},
): Promise<void> {
  const wanted: Iterator<readonly number[], undefined> =
    region.shape.length === 0 ? [[]].values() : wholeFirst(source, region);
  // The lanes take turns: an iterator gives each chunk once.
  const fetchSome = async (): Promise<void> => {
    for (let next = wanted.next(); !next.done; next = wanted.next())
      await readInto(source, next.value, region, target, context);
  };
  const lanes = source.isNear ? READ_AHEAD_NEAR : READ_AHEAD;
  await Promise.all(Array.from({ length: lanes }, fetchSome));
}

/**
 * The chunks that meet a region, first those that lie in it: once they are taken they need not be kept, and leave room for others. One
 * after the other, since there may be millions of tiny ones.
 */
function* wholeFirst({ shape, chunkShape }: ChunkedSource, region: Region): Generator<number[], undefined> {
  for (const isWhole of [true, false]) {
    for (const coords of chunksMeeting(region, chunkShape))
      if (holds(region, chunkRegion(shape, chunkShape, coords)) === isWhole) yield coords;
  }
}

async function readInto(
  source: ChunkedSource,
  coords: readonly number[],
  region: Region,
  target: Block,
  context: ReadContext,
): Promise<void> {
  const box = chunkRegion(source.shape, source.chunkShape, coords);
  const part = intersect(region, box);
  const need: Region = { start: part.start.map((s, i) => s - box.start[i]!), shape: part.shape };
  const to = part.start.map((s, i) => s - region.start[i]!);
  const load = async (into?: Uint8Array): Promise<Block | undefined> => {
    const block = await source.readChunk(coords, context.signal, into);
    if (context.count) context.count.decodedBytes += block?.data.byteLength ?? 0;
    return block && (into ? block : inPages(block));
  };
  if (context.count) context.count.takenBytes += sizeOf(part.shape) * itemSize(source.dtype);
  const use = (piece: Piece): void => copyPiece(source, piece, need, target, to);
  const { cache, shared, widths, turnOf } = context;
  if (cache || shared) {
    const take =
      context.take &&
      (async (): Promise<boolean> => {
        const taken = await context.take!(coords, box.shape, to);
        if (taken && context.count) context.count.decodedBytes += sizeOf(box.shape) * itemSize(source.dtype);
        return taken;
      });
    const request = { source, coords, need, widths, turn: turnOf?.(box.start), load, take, use };
    await (shared ? shared(request) : cache!.read(request));
    return;
  }
  const block = await source.readChunk(coords, context.signal);
  use({ block, origin: need.start.map(() => 0) });
  release(block?.data);
}

function copyPiece(
  source: ChunkedSource,
  piece: Piece,
  need: Region,
  target: Block,
  to: readonly number[],
): void {
  if (!piece.block) {
    fillBox(source, target, to, need.shape);
    return;
  }
  if (piece.block.dtype !== source.dtype) {
    throw new LamellaError(
      "INTERNAL",
      `${source.label} gave a ${piece.block.dtype} chunk for a ${source.dtype} array`,
    );
  }
  const from = need.start.map((s, i) => s - piece.origin[i]!);
  copyBox(piece.block, from, target, to, need.shape);
}

function fillBox(
  source: ChunkedSource,
  target: Block,
  to: readonly number[],
  shape: readonly number[],
): void {
  if (sizeOf(shape) === sizeOf(target.shape)) {
    fill(target.data, source.dtype, source.fillValue);
    return;
  }
  const filled = newBlock(source.dtype, shape);
  fill(filled.data, source.dtype, source.fillValue);
  const origin = shape.map(() => 0);
  copyBox(filled, origin, target, to, shape);
}
