import { sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { READ_AHEAD } from "../block/read-region.ts";
import { LamellaError } from "../errors.ts";
import { TILES_IN_FLIGHT_BYTES, type WrittenImage } from "../formats/tiff/tiff-writer.ts";
import { defaultBudget, GARBAGE_PER_WORKER, INLINE_RESERVE, PROCESS_RESERVE } from "../plan/budget.ts";
import type { ExportLevel } from "./levels.ts";

/** What an export may hold at a time, and what that makes in all. */
export interface ExportMemory {
  /** A block that is read, bytes; there are two, one read while the other is written. */
  readonly blockBytes: number;
  /** Decoded chunks that several blocks need. */
  readonly cacheBytes: number;
  readonly projectedBytes: number;
}

const BLOCK_BYTES = 32 * 2 ** 20;
const CACHE_BYTES = 64 * 2 ** 20;
const SMALLEST_BLOCK = 2 ** 20;
const SMALLEST_CACHE = 4 * 2 ** 20;

/**
 * The projected peak of an export, whatever the image's size: the process, two blocks, the cache, chunks and tiles on
 * their way, and the tiles' tables. Blocks and cache shrink to fit the budget. Throws OVER_MEMORY where chunks or
 * tiles are too large even so.
 */
export function exportMemory(
  images: readonly { readonly levels: readonly ExportLevel[]; readonly written: WrittenImage }[],
  xml: string,
  memoryMiB = defaultBudget().memoryMiB,
): ExportMemory {
  const budget = memoryMiB * 2 ** 20;
  let fixed =
    PROCESS_RESERVE + INLINE_RESERVE + 2 * GARBAGE_PER_WORKER + TILES_IN_FLIGHT_BYTES + xml.length * 6;
  let [chunk, tile] = [0, 0];
  for (const { levels, written } of images) {
    const bytes = itemSize(written.coding.dtype);
    tile = Math.max(tile, written.coding.tile[0] * written.coding.tile[1] * bytes);
    for (const { source } of levels) if (source) chunk = Math.max(chunk, sizeOf(source.chunkShape) * bytes);
    for (const { offsets } of written.levels) fixed += offsets.length * 12;
  }
  // Each chunk on its way is there encoded and decoded; each tile that is cut, too.
  fixed += READ_AHEAD * 2 * chunk + 2 * tile;
  let [block, cache] = [BLOCK_BYTES, CACHE_BYTES];
  // Levels that are made have what they are made from in memory, and are a quarter of it.
  const total = () => fixed + 2 * Math.max(1.25 * block, tile) + cache;
  while (total() > budget && (block > SMALLEST_BLOCK || cache > SMALLEST_CACHE)) {
    block = Math.max(SMALLEST_BLOCK, block / 2);
    cache = Math.max(SMALLEST_CACHE, cache / 2);
  }
  if (total() > budget) {
    const needed = Math.ceil(total() / 2 ** 20);
    throw new LamellaError(
      "OVER_MEMORY",
      `the export would take ${needed} MiB, more than the ${memoryMiB} MiB allowed`,
      {
        hint: `Chunks of the source have ${Math.ceil(chunk / 2 ** 20)} MiB, tiles ${Math.ceil(tile / 2 ** 20)} MiB: allow more with --memory, choose smaller tiles, or store the source in smaller chunks.`,
        details: { projectedMiB: needed, memoryMiB },
      },
    );
  }
  return { blockBytes: block, cacheBytes: cache, projectedBytes: total() };
}
