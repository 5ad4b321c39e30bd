import { type Block, newBlock } from "../../block/block.ts";
import { dtypeCode } from "../cast.ts";
import type { Heap, HeapBlock } from "../heap.ts";

interface SubtractExports {
  subtract(dtype: number, a: number, b: number, dst: number, n: number): void;
}

/** a - b into `result`, which may be either: integers wrap, bool is exclusive or, floats round. numpy.subtract. */
export function subtract(heap: Heap, a: HeapBlock, b: HeapBlock, result: HeapBlock): void {
  const { subtract: run } = heap.exports as unknown as SubtractExports;
  run(dtypeCode(a.dtype), a.ptr, b.ptr, result.ptr, a.data.length);
}

/** The same in plain TypeScript, into a new block. */
export function subtractReference(a: Block, b: Block): Block {
  const result = newBlock(a.dtype, a.shape);
  const target = result.data as { [i: number]: number | bigint };
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    if (a.dtype === "bool") target[i] = Number(x) ^ Number(y);
    else target[i] = typeof x === "bigint" ? x - (y as bigint) : Number(x) - Number(y);
  }
  return result;
}
