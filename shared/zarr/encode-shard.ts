import type { Block } from "../block/block.ts";
import { sizeOf } from "../block/block.ts";
import { allocate } from "../block/dtype.ts";
import { release } from "../block/release.ts";
import type { Heap } from "../kernels/heap.ts";
import { allocateBytes } from "../storage/bytes.ts";
import { copyBox } from "./box.ts";
import { encodeShardIndex, type ShardEntry } from "./codecs/shard-index.ts";
import { checkBlock, encodeChunk } from "./encode-chunk.ts";
import type { ArraySpec } from "./spec.ts";
import { objectShapeOf } from "./write-spec.ts";

/**
 * The stored bytes of one shard: its chunks one behind the other in C order, then their index with its crc32c. The
 * block is the shard, or what the array's end leaves of it. Chunks of nothing but fill value are left out;
 * undefined where that is all of them. Throws SHAPE_MISMATCH.
 */
export function encodeShard(spec: ArraySpec, block: Block, heap?: Heap): Uint8Array | undefined {
  const shardShape = objectShapeOf(spec);
  checkBlock(spec, block, shardShape);
  const grid = shardShape.map((n, axis) => n / spec.chunkShape[axis]!);
  const entries: (ShardEntry | undefined)[] = [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const coords of gridPositions(grid)) {
    const chunk = chunkOf(block, coords, spec.chunkShape);
    const bytes = chunk && encodeChunk(spec, chunk, heap);
    entries.push(bytes && { offset, length: bytes.byteLength });
    if (!bytes) continue;
    parts.push(bytes);
    offset += bytes.byteLength;
  }
  if (parts.length === 0) return undefined;
  const index = encodeShardIndex(entries);
  const shard = allocateBytes(offset + index.byteLength);
  let at = 0;
  for (const part of [...parts, index]) {
    shard.set(part, at);
    at += part.byteLength;
    release(part);
  }
  return shard;
}

/** The chunk at `coords` of a shard, cut at the block's end; undefined where the block doesn't reach it. */
function chunkOf(block: Block, coords: readonly number[], chunkShape: readonly number[]): Block | undefined {
  const start = coords.map((c, axis) => c * chunkShape[axis]!);
  const shape = start.map((s, axis) => Math.min(chunkShape[axis]!, block.shape[axis]! - s));
  if (shape.some((n) => n <= 0)) return undefined;
  const data = allocate(block.dtype, sizeOf(shape));
  const origin = shape.map(() => 0);
  copyBox({ data: block.data, shape: block.shape, start }, { data, shape, start: origin }, shape);
  return { dtype: block.dtype, shape, data };
}

/** All positions of a grid, in C order; the one position [] of a grid without axes. */
function* gridPositions(grid: readonly number[]): Generator<number[]> {
  const at = grid.map(() => 0);
  if (sizeOf(grid) === 0) return;
  for (;;) {
    yield [...at];
    let axis = grid.length - 1;
    while (axis >= 0 && ++at[axis]! === grid[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}
