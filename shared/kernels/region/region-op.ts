import type { DType } from "../../block/dtype.ts";
import type { Region } from "../../block/region.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { ResolvedArgs } from "../kernel.ts";

/** What a region operation knows of its step: the whole result's shape and dtype, and the inputs'. */
export interface RegionFacts {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype: DType }[];
}

/** A box of an input that a box of the result is computed from. */
export interface InputBox extends Region {
  /** Which input it is of, where there isn't just one box of each in their order. */
  readonly input?: number;
}

/**
 * An operation that can say, for any box of its result, which box of each input it is computed from: padding, taking,
 * reshaping, coarsening, resampling, elementwise work with broadcasting. Its result never depends on chunks. One file an
 * operation in `kernels/region/`; the lazy operation that makes its node lies in `array/`.
 */
export interface RegionOp {
  readonly name: string;
  /**
   * The box of each input that a box of the result is computed from, inside the input; may be empty. Where what is needed
   * lies apart, several boxes of an input, or none.
   */
  boxes(args: ResolvedArgs, region: Region, facts: RegionFacts): InputBox[];
  /** Heap bytes that `run` needs at most beyond its inputs and its output. */
  scratchBytes(args: ResolvedArgs, region: Region, boxes: readonly Region[], facts: RegionFacts): number;
  /** CPU nanoseconds per element of the result on one core, roughly. */
  costPerElement(args: ResolvedArgs, facts: RegionFacts): number;
  /** What the plan warns of, if anything. */
  warnings?(args: ResolvedArgs, facts: RegionFacts): { readonly code: string; readonly message: string }[];
  /** Computes the box from blocks that hold `boxes`. Leaves the inputs alone; gives a new block of `facts.dtype` and the region's shape. */
  run(
    heap: Heap,
    args: ResolvedArgs,
    region: Region,
    blocks: readonly HeapBlock[],
    boxes: readonly Region[],
    facts: RegionFacts,
  ): HeapBlock;
}
