import { itemSize } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";

/** The elements from `start` on as a block of that shape: not a copy, and not to be freed. */
export function subBlock(
  heap: Heap,
  { dtype, ptr }: HeapBlock,
  start: number,
  shape: readonly number[],
): HeapBlock {
  return heap.blockAt(ptr + start * itemSize(dtype), dtype, shape);
}
