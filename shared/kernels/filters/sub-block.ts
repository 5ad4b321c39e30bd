import { sizeOf } from "../../block/block.ts";
import { itemSize, viewOf } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";

/** The elements from `start` on as a block of that shape: not a copy, and not to be freed. */
export function subBlock(
  heap: Heap,
  { dtype, ptr }: HeapBlock,
  start: number,
  shape: readonly number[],
): HeapBlock {
  const at = ptr + start * itemSize(dtype);
  return { dtype, shape, ptr: at, data: viewOf(dtype, heap.memory.buffer, at, sizeOf(shape)) };
}
