import type { DType } from "../../block/dtype.ts";
import type { Heap } from "../heap.ts";
import { exactMoments, exactSum } from "./exact-sum.ts";
import { maximum, minimum } from "./extreme.ts";

/** What is gathered per output element: "sum", "moments" (the sum and the sum of squares), "min", "max". */
export type AccumulatorKind = "sum" | "moments" | "min" | "max";

/** An accumulator's place in the heap, for all elements of an output tile. */
export interface Part {
  readonly kind: AccumulatorKind;
  readonly ptr: number;
  /** Output elements. */
  readonly length: number;
  readonly dtype: DType;
  /** Additions since the carries last moved up; only exact sums count them. */
  pending: number;
}

/** A piece of a block, [outer][reduced][inner] elements from byte `src`, for the outputs from `at` on. */
export interface Slab {
  readonly src: number;
  readonly at: number;
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
}

/** One thing to gather. A file a family; a new reduction that needs another adds it here. */
export interface Accumulator {
  readonly kind: AccumulatorKind;
  /** In serialised states; never reused. */
  readonly id: number;
  /** Bytes per output element. */
  bytes(dtype: DType): number;
  init(heap: Heap, part: Part): void;
  /** Called before a block of `taken` elements for each output is taken, in slabs. */
  prepare(heap: Heap, part: Part, taken: number): void;
  take(heap: Heap, part: Part, slab: Slab): void;
  merge(heap: Heap, into: Part, from: Part): void;
  pack(heap: Heap, part: Part): Uint8Array;
  /** Reads what `pack` wrote from the front of `bytes`; returns how many it took, or undefined if they don't fit. */
  unpack(heap: Heap, part: Part, bytes: Uint8Array): number | undefined;
}

export const ACCUMULATORS: { readonly [K in AccumulatorKind]: Accumulator } = {
  sum: exactSum,
  moments: exactMoments,
  min: minimum,
  max: maximum,
};
