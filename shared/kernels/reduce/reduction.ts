import type { DType } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { AccumulatorKind, Part } from "./accumulator.ts";

/** The reductions there are, by numpy's names. */
export const REDUCTION_NAMES = [
  "sum",
  "mean",
  "var",
  "std",
  "min",
  "max",
  "prod",
  "any",
  "all",
  "argmax",
  "argmin",
  "nansum",
  "nanmean",
  "nanvar",
  "nanstd",
  "nanmin",
  "nanmax",
  "nanprod",
  "nanargmax",
  "nanargmin",
] as const;

export type ReductionName = (typeof REDUCTION_NAMES)[number];

/** Where a block lies in the array that is reduced: arg-reductions count from there. */
export interface Place {
  readonly start: readonly number[];
  /** Of the whole array. */
  readonly shape: readonly number[];
}

/**
 * A partial result: for each element of an output tile, what has been gathered of the input so far. It lives in the
 * heap until `free`.
 */
export interface ReductionState {
  /** Of the input. */
  readonly dtype: DType;
  /** Of the output tile: the input's axes that are kept, in order (`keepdims` is a reshape by the caller). */
  readonly shape: readonly number[];
  /** How many input elements each output element has taken so far. */
  count: number;
  readonly parts: readonly Part[];
}

/**
 * What an engine does to reduce an array, for one or several operations that share one pass over the input:
 *
 *     const reduction = reductionOf(["mean", "max"]);
 *     const state = reduction.init(heap, "uint16", tileShape);
 *     for (const block of blocks) reduction.accumulate(heap, state, block, axes);
 *     await store.put(key, reduction.serialize(heap, state));               // a leaf of the tree, or ...
 *     const mean = reduction.finish(heap, state, "mean");                   // ... its root
 *
 * A level of the tree reads partial states, `deserialize`s and `merge`s them. Sums are exact until `finish` rounds
 * them once, so values, and the bytes of `serialize`, depend on which elements went in and on nothing else: not on
 * the chunks, the order, the fan-in of the tree or the workers. Only products of floats are rounded at each step, in the
 * order in which blocks are taken and merged.
 */
export interface Reduction {
  readonly names: readonly ReductionName[];
  /**
   * Heap bytes of a state for `outputLength` output elements of a reduction over `dtype`. For each element a sum takes
   * 8 bytes (8 and 16-bit integers) to 88 (float32) and 536 (float64); var and std 16 to 232 and 1592: tiles of wide
   * floats are best kept small. `serialize` and `deserialize` need less than as much again while they run.
   */
  stateBytes(outputLength: number, dtype: DType): number;
  /** The dtype of the result of `name`, which is numpy's. */
  outputDType(name: ReductionName, dtype: DType): DType;
  /** A state that has taken nothing; `shape` is the output tile's, reduced axes left out. */
  init(heap: Heap, dtype: DType, shape: readonly number[]): ReductionState;
  /**
   * Takes a block. Its kept axes must be exactly the tile's (SHAPE_MISMATCH), its reduced ones may have any size;
   * `axes` are those reduced, each in 0 .. ndim - 1, in any order; the block's dtype is the state's. Without a
   * `place` the block is the whole array.
   */
  accumulate(
    heap: Heap,
    state: ReductionState,
    block: HeapBlock,
    axes: readonly number[],
    place?: Place,
  ): void;
  /** Heap bytes that `accumulate` needs besides, for a tile of so many outputs: copies without NaN. */
  scratchBytes(outputLength: number, dtype: DType): number;
  /** Takes what `from` has taken; `from` keeps its value. SHAPE_MISMATCH where they aren't of one kind. */
  merge(heap: Heap, into: ReductionState, from: ReductionState): void;
  /**
   * The result of one of the operations, a new block of the state's shape; the state can go on. `ddof` (var and std)
   * is numpy's, a whole number. Of nothing `sum` is 0, `prod` 1, `any` false, `all` true, mean, var and std NaN; extremes
   * and their positions throw INVALID_ARGUMENT, the nan forms of the positions for NaN alone too.
   */
  finish(heap: Heap, state: ReductionState, name: ReductionName, ddof?: number): HeapBlock;
  /** The state as bytes, little-endian and versioned (serialize.ts). */
  serialize(heap: Heap, state: ReductionState): Uint8Array;
  /** A new state from `serialize`'s bytes. CHUNK_DECODE for bytes that aren't, or of other operations. */
  deserialize(heap: Heap, bytes: Uint8Array): ReductionState;
  free(heap: Heap, state: ReductionState): void;
}

/** One reduction: what it needs gathered, and how a result comes of it. A file an operation. */
export interface ReductionOperation {
  readonly name: ReductionName;
  /** The accumulators it finishes from, in the order in which `finish` gets them. */
  readonly needs: readonly AccumulatorKind[];
  outputDType(dtype: DType): DType;
  finish(heap: Heap, state: ReductionState, parts: readonly Part[], ddof: number): HeapBlock;
}
