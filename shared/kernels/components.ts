import { sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { aligned } from "./free-list.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import { type BlockLabels, numberLabels, paintRuns } from "./label.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import { mostRuns, type Runs, runsScratch, withRuns } from "./runs.ts";

interface ComponentsExports {
  sizeLabels(count: number, width: number, runs: number, labels: number, sizes: number): void;
  flagLabels(
    mask: number,
    rows: number,
    n: number,
    width: number,
    rowStart: number,
    runs: number,
    labels: number,
    least: number,
    flags: number,
  ): void;
  paintKept(
    out: number,
    rows: number,
    n: number,
    width: number,
    rowStart: number,
    runs: number,
    labels: number,
    kept: number,
    inside: number,
    outside: number,
  ): void;
  isZero(src: number, size: number, n: number, out: number): void;
}

/** What is counted of each component: its elements, or 1 where one of them (a mask of uint8) is at least `least`. */
export type Trait = { readonly kind: "size" } | { readonly kind: "strong"; readonly least: number };

export interface BlockTraits extends Omit<BlockLabels, "firsts"> {
  /** [count]; of label i + 1. Absent without a trait. */
  readonly traits: Float64Array<ArrayBuffer> | undefined;
}

/** Labels a block, as `labelBlock` does, and measures a trait of each component. Whoever gets it frees `labels`. */
export function measureComponents(
  heap: Heap,
  mask: HeapBlock,
  neighbourhood: Neighbourhood,
  trait: Trait | undefined,
): BlockTraits {
  if (mask.data.length === 0) {
    return { labels: heap.alloc("uint32", mask.shape), count: 0, traits: trait && new Float64Array(0) };
  }
  const labels = heap.alloc("uint32", mask.shape);
  const use = (runs: Runs): BlockTraits => {
    const count = numberLabels(heap, runs);
    // Until they are painted, there is nothing in the labels but the runs, at their end.
    const room = labels.data.length - runs.count >= count ? labels.ptr : undefined;
    const traits = trait && measureTrait(heap, mask, runs, count, trait, room);
    paintRuns(heap, runs, labels);
    return { labels, count, traits };
  };
  return withRuns(heap, mask, neighbourhood, use, labels);
}

/** Heap bytes that `measureComponents` needs at most, beside the mask and the labels. */
export function traitScratch(shape: readonly number[], neighbourhood: Neighbourhood): number {
  const most = mostRuns(shape, neighbourhood);
  const table = 2 * most <= sizeOf(shape) ? 0 : 4 * most;
  return runsScratch(shape, neighbourhood, { within: true }) + aligned(table);
}

/** `room`: where `count` numbers of 32 bits may be put down. */
function measureTrait(
  heap: Heap,
  mask: HeapBlock,
  runs: Runs,
  count: number,
  trait: Trait,
  room: number | undefined,
): Float64Array<ArrayBuffer> {
  const { sizeLabels, flagLabels } = heap.exports as unknown as ComponentsExports;
  const table = room ?? heap.allocBytes(4 * count);
  const values = new Uint32Array(heap.memory.buffer, table, count).fill(0);
  if (trait.kind === "size") sizeLabels(runs.count, runs.width, runs.runs, runs.parent, table);
  else {
    const { rows, n, width, rowStart, parent } = runs;
    flagLabels(mask.ptr, rows, n, width, rowStart, runs.runs, parent, trait.least, table);
  }
  const result = Float64Array.from(values);
  if (room === undefined) heap.freeBytes(table);
  return result;
}

/**
 * The mask of the components that are kept (kept[label - 1] is 1), labelled as `measureComponents` does; `inverted` gives its
 * complement: everything but them.
 */
export function paintComponents(
  heap: Heap,
  mask: HeapBlock,
  neighbourhood: Neighbourhood,
  kept: Uint8Array,
  inverted: boolean,
): HeapBlock {
  const { paintKept } = heap.exports as unknown as ComponentsExports;
  const output = heap.alloc("bool", mask.shape);
  if (output.data.length === 0) return output;
  withRuns(heap, mask, neighbourhood, (runs) => {
    numberLabels(heap, runs);
    const table = heap.copyIn({ dtype: "uint8", shape: [kept.length], data: kept });
    const { rows, n, width, rowStart, parent } = runs;
    paintKept(
      output.ptr,
      rows,
      n,
      width,
      rowStart,
      runs.runs,
      parent,
      table.ptr,
      inverted ? 0 : 1,
      inverted ? 1 : 0,
    );
    heap.free(table);
  });
  return output;
}

/** Where an integer or bool block is 0, as bool. */
export function isZero(heap: Heap, block: HeapBlock): HeapBlock {
  const output = heap.alloc("bool", block.shape);
  const { isZero: run } = heap.exports as unknown as ComponentsExports;
  run(block.ptr, itemSize(block.dtype), block.data.length, output.ptr);
  return output;
}
