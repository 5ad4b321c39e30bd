import type { Block } from "../../block/block.ts";
import { itemSize } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";

/** What the kernel module does element by element to arrays of float32 or float64. */
export interface CombineExports {
  addTo(double: boolean, dst: number, src: number, n: number): void;
  subtractFrom(double: boolean, dst: number, src: number, n: number): void;
  square(double: boolean, dst: number, n: number): void;
  addSquareTo(double: boolean, dst: number, src: number, n: number): void;
  rootOver(double: boolean, dst: number, n: number, divisor: number): void;
  divideBy(double: boolean, dst: number, src: number, n: number): void;
  addConstant(double: boolean, dst: number, n: number, value: number): void;
  scale(double: boolean, dst: number, n: number, factor: number, low: number): void;
}

export function combineExports(heap: Heap): CombineExports {
  return heap.exports as unknown as CombineExports;
}

export function isDouble(block: { readonly dtype: string }): boolean {
  return block.dtype === "float64";
}

/** Rounds to what the block's dtype holds, for references. */
export function roundingOf(block: { readonly dtype: string }): (x: number) => number {
  return isDouble(block) ? (x) => x : Math.fround;
}

/** Bytes that a block of that dtype and size takes in a heap. */
export function blockBytes(size: number, dtype: "float32" | "float64" | "uint8"): number {
  return aligned(size * itemSize(dtype));
}

/**
 * The sum of several results that have one dtype and shape, or the root of the sum of their squares over `divisor`.
 * They are computed one after the other, so no more than two are there at once.
 */
export function combine(
  heap: Heap,
  parts: readonly (() => HeapBlock)[],
  how: "sum" | { readonly rootOver: number },
): HeapBlock {
  const { addTo, square, addSquareTo, rootOver } = combineExports(heap);
  const [first, ...others] = parts;
  const result = first!();
  const double = isDouble(result);
  const n = result.data.length;
  if (how !== "sum") square(double, result.ptr, n);
  for (const part of others) {
    const next = part();
    if (how === "sum") addTo(double, result.ptr, next.ptr, n);
    else addSquareTo(double, result.ptr, next.ptr, n);
    heap.free(next);
  }
  if (how !== "sum") rootOver(double, result.ptr, n, how.rootOver);
  return result;
}

/** The same as `combine` in plain TypeScript. */
export function combineReference(parts: readonly Block[], how: "sum" | { readonly rootOver: number }): Block {
  const [first, ...others] = parts;
  const round = roundingOf(first!);
  const result = { ...first!, data: first!.data.slice() };
  const data = result.data as Float64Array;
  const term = (x: number) => (how === "sum" ? x : round(x * x));
  for (let i = 0; i < data.length; i++) {
    let sum = term(data[i]!);
    for (const part of others) sum = round(sum + term(part.data[i] as number));
    data[i] = how === "sum" ? sum : round(round(Math.sqrt(sum)) / round(how.rootOver));
  }
  return result;
}
