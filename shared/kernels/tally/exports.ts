import type { Heap, HeapExports } from "../heap.ts";

/** The functions of wasm/assembly/tally.ts. */
interface TallyExports extends HeapExports {
  tallyUniform(dtype: number, src: number, n: number, edges: number, bins: number, table: number): void;
  tallyValues(dtype: number, src: number, n: number, low: bigint, table: number): void;
  tallyKeys(
    dtype: number,
    src: number,
    n: number,
    shift: number,
    bits: number,
    prefixes: number,
    chosen: number,
    table: number,
  ): number;
  naturalLog(x: number): number;
}

export function tallyExports(heap: Heap): TallyExports {
  return heap.exports as TallyExports;
}
