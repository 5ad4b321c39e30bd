import { sizeOf } from "../../block/block.ts";
import { dtypeCode } from "../cast.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Counts } from "./counts.ts";
import { tallyExports } from "./exports.ts";

/** What the elements of a block are counted by. */
export type Counting =
  /** Bins between edges, ascending; what lies outside is left out, as NaN is. */
  | { readonly kind: "uniform"; readonly edges: Float64Array }
  /** One bin for each integer from `low` on. */
  | { readonly kind: "values"; readonly low: bigint; readonly bins: number }
  /**
   * A digit of each element's key (which ascends with the element), in a table for each prefix that its higher bits may
   * have; no prefixes: the digit is the highest.
   */
  | {
      readonly kind: "keys";
      readonly shift: number;
      readonly bits: number;
      readonly prefixes: readonly bigint[];
    };

export function binCount(counting: Counting): number {
  switch (counting.kind) {
    case "uniform":
      return counting.edges.length - 1;
    case "values":
      return counting.bins;
    case "keys":
      return 2 ** counting.bits * Math.max(1, counting.prefixes.length);
  }
}

/** Heap bytes that counting a block takes besides it. */
export function countingBytes(bins: number): number {
  return 4 * bins + 8 * bins + 4096;
}

/** Adds the elements of a block to `into`, which has binCount(counting) bins. */
export function countBlock(heap: Heap, block: HeapBlock, counting: Counting, into: Counts): void {
  const n = sizeOf(block.shape);
  const bins = binCount(counting);
  const table = heap.alloc("uint32", [bins]);
  (table.data as Uint32Array).fill(0);
  const wasm = tallyExports(heap);
  const code = dtypeCode(block.dtype);
  switch (counting.kind) {
    case "uniform": {
      const edges = heap.copyIn({ dtype: "float64", shape: [bins + 1], data: counting.edges });
      wasm.tallyUniform(code, block.ptr, n, edges.ptr, bins, table.ptr);
      heap.free(edges);
      break;
    }
    case "values":
      wasm.tallyValues(code, block.ptr, n, BigInt.asUintN(64, counting.low), table.ptr);
      break;
    case "keys": {
      const { shift, bits, prefixes } = counting;
      const held = heap.copyIn({
        dtype: "uint64",
        shape: [prefixes.length],
        data: BigUint64Array.from(prefixes),
      });
      into.nan += wasm.tallyKeys(code, block.ptr, n, shift, bits, held.ptr, prefixes.length, table.ptr) >>> 0;
      heap.free(held);
      break;
    }
  }
  const counts = table.data as Uint32Array;
  for (let i = 0; i < bins; i++) into.bins[i]! += counts[i]!;
  heap.free(table);
}
