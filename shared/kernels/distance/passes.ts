import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { castBlock, castReference } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";

interface DistanceExports {
  distanceFirst(mask: number, dst: number, outer: number, n: number, inner: number, spacing: number): void;
  distanceNext(
    values: number,
    outer: number,
    n: number,
    inner: number,
    spacing: number,
    scratch: number,
  ): void;
  squareRoots(values: number, n: number): void;
}

/** Columns that a pass works on at a time. */
const PANEL = 8;

/** One axis of a distance transform. */
export interface DistanceAxis {
  readonly axis: number;
  /** The distance of neighbours along it. */
  readonly spacing: number;
}

/** Squares of distances along the first axis: from a mask of any dtype to the nearest 0 of the line, or infinity. */
export function firstPass(heap: Heap, input: HeapBlock, { axis, spacing }: DistanceAxis): HeapBlock {
  const { distanceFirst } = heap.exports as unknown as DistanceExports;
  const mask = input.dtype === "bool" ? input : castBlock(heap, input, "bool");
  const output = heap.alloc("float64", input.shape);
  const { outer, n, inner } = linesOf(input.shape, axis);
  if (output.data.length > 0) distanceFirst(mask.ptr, output.ptr, outer, n, inner, spacing);
  if (mask !== input) heap.free(mask);
  return output;
}

/** Brings in another axis, in place. */
export function nextPass(heap: Heap, squares: HeapBlock, { axis, spacing }: DistanceAxis): void {
  if (squares.data.length === 0) return;
  const { distanceNext } = heap.exports as unknown as DistanceExports;
  const { outer, n, inner } = linesOf(squares.shape, axis);
  const scratch = heap.allocBytes(nextPassBytes(n));
  distanceNext(squares.ptr, outer, n, inner, spacing, scratch);
  heap.freeBytes(scratch);
}

/** From squares to distances, in place. */
export function squareRoots(heap: Heap, squares: HeapBlock): void {
  (heap.exports as unknown as DistanceExports).squareRoots(squares.ptr, squares.data.length);
}

/** Heap bytes that `nextPass` takes for lines of `n`. */
export function nextPassBytes(n: number): number {
  return aligned(n * (8 * (PANEL + 1) + 4));
}

/** `firstPass` by its definition. */
export function firstPassReference(input: Block, { axis, spacing }: DistanceAxis): Block {
  const mask = castReference(input, "bool");
  const zeros = newBlock("float64", input.shape);
  for (let i = 0; i < mask.data.length; i++) zeros.data[i] = mask.data[i] ? Infinity : 0;
  return nextPassReference(zeros, { axis, spacing });
}

/** `nextPass` by its definition, as a new block. */
export function nextPassReference(squares: Block, { axis, spacing }: DistanceAxis): Block {
  const result = newBlock("float64", squares.shape);
  const { n, inner } = linesOf(squares.shape, axis);
  for (let at = 0; at < squares.data.length; at++) {
    const p = Math.floor(at / inner) % n;
    let least = Infinity;
    for (let q = 0; q < n; q++) {
      const away = spacing * (p - q);
      least = Math.min(least, (squares.data[at + (q - p) * inner] as number) + away * away);
    }
    result.data[at] = least;
  }
  return result;
}

export function rootsReference(squares: Block): Block {
  const result = newBlock("float64", squares.shape);
  for (let i = 0; i < squares.data.length; i++) result.data[i] = Math.sqrt(squares.data[i] as number);
  return result;
}

export function linesOf(shape: readonly number[], axis: number) {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    n: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}
