import type { DType } from "../../block/dtype.ts";
import type { Heap } from "../heap.ts";
import { argMaximum, argMinimum, nanArgMaximum, nanArgMinimum } from "./arg-extreme.ts";
import { exactMoments, exactSum } from "./exact-sum.ts";
import { maximum, minimum } from "./extreme.ts";
import { product } from "./product.ts";
import { skippingNaN } from "./skip-nan.ts";
import { allTrue, anyTrue } from "./truth.ts";
import { validCount } from "./valid-count.ts";

/**
 * What is gathered per output element: "moments" is the sum and the sum of squares, "count" how many elements are not
 * NaN; the nan forms leave NaN out.
 */
export type AccumulatorKind =
  | "sum"
  | "moments"
  | "min"
  | "max"
  | "product"
  | "any"
  | "all"
  | "argmax"
  | "argmin"
  | "count"
  | "nansum"
  | "nanmoments"
  | "nanmin"
  | "nanmax"
  | "nanproduct"
  | "nanargmax"
  | "nanargmin";

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
  /** Index, among the reduced elements of each output, of the first of these. */
  readonly first: number;
}

/** One thing to gather. A file a family; a new reduction that needs another adds it here. */
export interface Accumulator {
  readonly kind: AccumulatorKind;
  /** In serialised states; never reused. */
  readonly id: number;
  /** What stands for NaN in a copy of the elements that it is given instead of them; absent where it takes them as they are. */
  readonly insteadOfNaN?: number;
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
  product,
  any: anyTrue,
  all: allTrue,
  argmax: argMaximum,
  argmin: argMinimum,
  count: validCount,
  nansum: skippingNaN(exactSum, "nansum", 11, 0),
  nanmoments: skippingNaN(exactMoments, "nanmoments", 12, 0),
  nanmin: skippingNaN(minimum, "nanmin", 13, Number.POSITIVE_INFINITY),
  nanmax: skippingNaN(maximum, "nanmax", 14, Number.NEGATIVE_INFINITY),
  nanproduct: skippingNaN(product, "nanproduct", 15, 1),
  nanargmax: nanArgMaximum,
  nanargmin: nanArgMinimum,
};
