import { sizeOf } from "../block/block.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { itemSize } from "../block/dtype.ts";
import { isOneRow, placePiece, planRows } from "../block/place-rows.ts";
import type { TakeChunk } from "../block/read-region.ts";
import type { Heap, HeapBlock } from "../kernels/heap.ts";
import { StoredArray } from "../zarr/array.ts";
import { codecExports } from "../zarr/codecs/codec-heap.ts";

/**
 * Decodes chunks of a source within the heap, straight to where they belong in a block: without a copy where a chunk lies there as it
 * is stored, else row by row from what was decoded last. Undefined where the source's chunks come as blocks of their own.
 */
export function chunkTaker(
  heap: Heap,
  source: ChunkedSource,
  block: HeapBlock,
  signal: AbortSignal | undefined,
): TakeChunk | undefined {
  if (!(source instanceof StoredArray) || !source.hasPieces || !isPlanned(source)) return undefined;
  const { chunkShape } = source;
  const options = signal ? { signal } : {};
  const { copyRows } = codecExports(heap);
  return (coords, shape, to) => {
    const rows = planRows(block.shape, chunkShape, { start: to, shape }, itemSize(block.dtype));
    if (isOneRow(rows)) return source.readInto(coords, heap, block.ptr + rows.starts[0]!, options);
    return source.readPieces(
      coords,
      heap,
      (ptr, offset, length) =>
        placePiece(rows, block.ptr, ptr, offset, length, (at, from, n) => copyRows(at, 0, from, 0, n, 1)),
      options,
    );
  };
}

/** An array smaller than its chunks is stored as whole ones: they may be larger than what the planner knows of. */
function isPlanned({ shape, chunkShape }: StoredArray): boolean {
  return sizeOf(chunkShape) <= 2 * sizeOf(chunkShape.map((n, axis) => Math.min(n, shape[axis]!)));
}
