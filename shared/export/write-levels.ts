import { newBlock, sizeOf } from "../block/block.ts";
import { ChunkCache } from "../block/chunk-cache.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { itemSize, type TypedArray } from "../block/dtype.ts";
import { readRegion } from "../block/read-region.ts";
import type { Region } from "../block/region.ts";
import { release } from "../block/release.ts";
import { reclaim, reclaimWhenWorth } from "../engine/reclaim.ts";
import { LamellaError } from "../errors.ts";
import type { ByteSink } from "../formats/tiff/sink.ts";
import type { TiffWriter, WrittenImage } from "../formats/tiff/tiff-writer.ts";
import { cutTile, TileEncoder } from "../formats/tiff/write-tiles.ts";
import { type DownsampleMethod, downsample } from "../kernels/downsample/index.ts";
import { Heap } from "../kernels/heap.ts";
import { kernelModule } from "../kernels/wasm/module.ts";
import { blockShape, blocksOf } from "./blocks.ts";
import type { ExportLevel } from "./levels.ts";
import { WrittenLevel } from "./written-level.ts";

export interface LevelsRequest {
  readonly writer: TiffWriter;
  readonly sink: ByteSink;
  readonly image: WrittenImage;
  readonly label: string;
  /** T, C, Z. */
  readonly planes: readonly [number, number, number];
  readonly levels: readonly ExportLevel[];
  readonly method: DownsampleMethod;
  readonly blockBytes: number;
  readonly cacheBytes: number;
  readonly signal?: AbortSignal;
  /** Called after each block with the decoded bytes that were written. */
  readonly onBlock: (level: number, bytes: number) => void;
}

/** A block in memory, and how to give it back. */
interface Loaded {
  readonly region: Region;
  readonly data: TypedArray;
  done(): void;
}

/** Writes the tiles of an image's resolutions, largest first: those that it has, and those made from the one before. */
export async function writeLevels(request: LevelsRequest): Promise<void> {
  for (const [level, { source, factors }] of request.levels.entries()) {
    const { writer, image } = request;
    const tiles = image.levels[level]!;
    const shape = [...request.planes, tiles.rows, tiles.columns];
    const cache = new ChunkCache({ wholeBytes: request.cacheBytes, borderBytes: 0 });
    if (source) {
      await writeLevel(request, level, shape, source.chunkShape, storedReader(request, source, cache));
    } else {
      const above = new WrittenLevel(
        `${request.label}, level ${level - 1}`,
        request.planes,
        request.sink,
        image.levels[level - 1]!,
        image.coding,
      );
      const heap = new Heap(kernelModule());
      const chunks = [1, 1, 1, ...image.coding.tile];
      await writeLevel(
        request,
        level,
        shape,
        chunks,
        madeReader(request, heap, above, factors!, cache),
        sizeOf(factors!),
      );
    }
    await writer.drain();
    // What a level leaves would stay in memory until V8 cares to look.
    cache.clear();
    reclaim();
  }
}

type ReadBlock = (region: Region) => Promise<Loaded>;

function storedReader({ signal }: LevelsRequest, source: ChunkedSource, cache: ChunkCache): ReadBlock {
  return async (region) => {
    const block = newBlock(source.dtype, region.shape);
    await readRegion(source, region, block, { cache, signal });
    return { region, data: block.data, done: () => release(block.data) };
  };
}

function madeReader(
  { method, signal }: LevelsRequest,
  heap: Heap,
  above: WrittenLevel,
  [fy, fx]: readonly [number, number],
  cache: ChunkCache,
): ReadBlock {
  const factors = [1, 1, 1, fy, fx];
  return async (region) => {
    const scaled = (list: readonly number[]) => list.map((n, axis) => n * factors[axis]!);
    const wide = { start: scaled(region.start), shape: scaled(region.shape) };
    const block = heap.alloc(above.dtype, wide.shape);
    try {
      await readRegion(above, wide, block, { cache, signal });
      const small = downsample(heap, block, factors, method);
      return { region, data: small.data, done: () => heap.free(small) };
    } finally {
      heap.free(block);
    }
  };
}

/** Reads a level block by block, the next while the tiles of this one are encoded. */
async function writeLevel(
  request: LevelsRequest,
  level: number,
  shape: readonly number[],
  chunkShape: readonly number[],
  read: ReadBlock,
  inputs = 1,
): Promise<void> {
  const { coding } = request.image;
  const bytes = itemSize(coding.dtype);
  const most = request.blockBytes / inputs;
  const encoder = new TileEncoder(coding);
  const blocks = blocksOf(shape, blockShape(shape, chunkShape, coding.tile, bytes, most));
  const start = (): Promise<Loaded> | undefined => {
    const { value, done } = blocks.next();
    if (done) return undefined;
    const loading = read(value);
    loading.catch(() => undefined);
    return loading;
  };
  let next = start();
  try {
    while (next) {
      stopIfAsked(request.signal);
      const loaded: Loaded = await next;
      next = start();
      try {
        await putTiles(request, level, encoder, loaded);
      } finally {
        loaded.done();
      }
      const blockBytes = sizeOf(loaded.region.shape) * bytes;
      reclaimWhenWorth(blockBytes);
      request.onBlock(level, blockBytes);
    }
  } finally {
    // A read that was begun ends before its file does.
    await next?.catch(() => undefined);
  }
}

async function putTiles(
  { writer, image, planes }: LevelsRequest,
  level: number,
  encoder: TileEncoder,
  { region, data }: Loaded,
): Promise<void> {
  const tiles = image.levels[level]!;
  const [tileRows, tileColumns] = image.coding.tile;
  const [t0, c0, z0, y0, x0] = region.start as [number, number, number, number, number];
  const [sizeT, sizeC, sizeZ, rows, columns] = region.shape as [number, number, number, number, number];
  const tileBytes = tileRows * tileColumns * data.BYTES_PER_ELEMENT;
  let origin = 0;
  for (let t = t0; t < t0 + sizeT; t++) {
    for (let c = c0; c < c0 + sizeC; c++) {
      for (let z = z0; z < z0 + sizeZ; z++, origin += rows * columns) {
        const plane = (t * planes[1] + c) * planes[2] + z;
        const band = { data, origin, rows, columns };
        for (let row = 0; row < rows; row += tileRows) {
          for (let column = 0; column < columns; column += tileColumns) {
            const index = tiles.indexOf(plane, (y0 + row) / tileRows, (x0 + column) / tileColumns);
            const encoded = encoder.encode(cutTile(image.coding, band, row, column));
            await writer.put(tiles, index, encoded, tileBytes);
          }
        }
      }
    }
  }
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new LamellaError("INTERRUPTED", "the export was interrupted", {
    hint: "Nothing is left of it: run the same command again.",
  });
}
