import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { itemSize, viewOf } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Edge } from "../rank/edge.ts";
import { extendedSlabBytes, forEachExtendedSlab } from "../rank/extended-slabs.ts";
import type { Window } from "../rank/window.ts";
import { windowReference } from "../rank/window-reference.ts";
import { blockBytes, isDouble, roundingOf } from "./combine.ts";

interface WeightedExports {
  weightedTaps(
    double: boolean,
    least: boolean,
    base: number,
    starts: number,
    rows: number,
    n: number,
    taps: number,
    weights: number,
    count: number,
    dst: number,
  ): void;
}

/** What is made of a window's elements and their weights: the sum of products, or the least of sums, NaNs left out. */
export type Weighing = "sumOfProducts" | "leastSum";

/**
 * Weighs the window around each element of a block of float32 or float64; `weights` has one for each of the window's
 * elements in C order, in which they are also added up.
 */
export function weighWindow(
  heap: Heap,
  input: HeapBlock,
  window: Window,
  weights: readonly number[],
  how: Weighing,
  edge: Edge,
): HeapBlock {
  const output = heap.alloc(input.dtype, input.shape);
  if (output.data.length === 0) return output;
  const { weightedTaps } = heap.exports as unknown as WeightedExports;
  const table = heap.allocBytes(weights.length * itemSize(input.dtype));
  (viewOf(input.dtype, heap.memory.buffer, table, weights.length) as Float64Array).set(weights);
  forEachExtendedSlab(heap, input, window, edge, ({ base, starts, rows, n, taps, tapCount, start }) => {
    const to = output.ptr + start * itemSize(input.dtype);
    weightedTaps(isDouble(input), how === "leastSum", base, starts, rows, n, taps, table, tapCount, to);
  });
  heap.freeBytes(table);
  return output;
}

/** Heap bytes that `weighWindow` needs beyond its input and output. */
export function weighWindowScratch(
  shape: readonly number[],
  dtype: "float32" | "float64",
  window: Window,
  count: number,
): number {
  if (sizeOf(shape) === 0) return 0;
  return extendedSlabBytes(shape, dtype, window) + blockBytes(count, dtype);
}

/** The same as `weighWindow` in plain TypeScript. */
export function weighWindowReference(
  input: Block,
  window: Window,
  weights: readonly number[],
  how: Weighing,
  edge: Edge,
): Block {
  if (input.data.length === 0) return newBlock(input.dtype, input.shape);
  const round = roundingOf(input);
  const exact = weights.map(round);
  return windowReference(input, window, edge, (values) => {
    let result = how === "leastSum" ? Infinity : 0;
    for (const [i, value] of (values as number[]).entries()) {
      if (how === "sumOfProducts") result = round(result + round(exact[i]! * value));
      else if (round(value + exact[i]!) < result) result = round(value + exact[i]!);
    }
    return result;
  });
}
