import type { DType } from "../block/dtype.ts";
import type { Heap } from "./heap.ts";

/** A step on single elements, for a filter that gives it its rows while they are in the cache. */
export interface RowStep {
  /** Of its result. */
  readonly dtype: DType;
  /** From `length` elements at one address of the heap to as many at another; at least `LEAST_ROW` of them. */
  apply(heap: Heap, from: number, to: number, length: number): void;
}

/** Expressions compute up to so many elements at once, and no fewer. */
export const LEAST_ROW = 16;
