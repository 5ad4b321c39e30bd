import { LamellaError } from "../errors.ts";
import { type Block, newBlock, sizeOf } from "./block.ts";
import type { ChunkCache } from "./chunk-cache.ts";
import { chunkRegion, chunksMeeting } from "./chunk-grid.ts";
import type { ChunkedSource } from "./chunked-source.ts";
import { copyBox, elementOf } from "./copy.ts";
import { intersect, type Region } from "./region.ts";

/** How many chunks of a region are fetched at once: enough to hide an object store's latency, little enough to hold. */
export const READ_AHEAD = 4;

export interface ReadContext {
  readonly cache?: ChunkCache | undefined;
  readonly signal?: AbortSignal | undefined;
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
  const wanted = [...chunksMeeting(region, source.chunkShape)];
  let next = 0;
  const fetchOne = async (): Promise<void> => {
    for (let i = next++; i < wanted.length; i = next++) {
      const coords = wanted[i]!;
      const chunk = await readChunk(source, coords, context);
      place(source, coords, chunk, region, target);
    }
  };
  const lanes: Promise<void>[] = [];
  for (let i = 0; i < Math.min(READ_AHEAD, wanted.length); i++) lanes.push(fetchOne());
  await Promise.all(lanes);
}

function readChunk(
  source: ChunkedSource,
  coords: readonly number[],
  context: ReadContext,
): Promise<Block | undefined> {
  const load = () => source.readChunk(coords, context.signal);
  return context.cache ? context.cache.get(source, coords, load) : load();
}

function place(
  source: ChunkedSource,
  coords: readonly number[],
  chunk: Block | undefined,
  region: Region,
  target: Block,
): void {
  const box = chunkRegion(source.shape, source.chunkShape, coords);
  const part = intersect(region, box);
  const to = part.start.map((s, i) => s - region.start[i]!);
  if (chunk) {
    if (chunk.dtype !== source.dtype) {
      throw new LamellaError(
        "INTERNAL",
        `${source.label} gave a ${chunk.dtype} chunk for a ${source.dtype} array`,
      );
    }
    const from = part.start.map((s, i) => s - box.start[i]!);
    copyBox(chunk, from, target, to, part.shape);
    return;
  }
  const value = elementOf(source.dtype, source.fillValue);
  if (sizeOf(part.shape) === sizeOf(target.shape)) {
    (target.data as Uint8Array).fill(value as number);
    return;
  }
  const filled = newBlock(source.dtype, part.shape);
  (filled.data as Uint8Array).fill(value as number);
  copyBox(
    filled,
    part.shape.map(() => 0),
    target,
    to,
    part.shape,
  );
}
