import type { z } from "zod";
import type { Axis } from "../block/axes.ts";
import type { Block } from "../block/block.ts";
import type { AxisMap } from "../block/boundary.ts";
import type { DType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import type { RowStep } from "./row-step.ts";

/**
 * How far a kernel looks. The planner trusts it: a wrong reach is a wrong result.
 * - `pointwise`: each output element depends on the input element(s) at its own position.
 * - `reach`: on the elements within [before, after] per axis.
 * - `wholeBlock`: on the whole block it is given, so the block must be the lazy array's own chunk.
 */
export type Extent =
  | { readonly kind: "pointwise" }
  | { readonly kind: "reach"; readonly reach: readonly (readonly [before: number, after: number])[] }
  | {
      readonly kind: "wholeBlock";
      /** Along which axes elements influence each other; along the others blocks may be cut anywhere. Absent: along all. */
      readonly axes?: readonly boolean[];
      /**
       * Elements per axis from which on nothing has an influence any more, given a block that ends there or at the array's end. A
       * block that is as long as the array may then be computed in parts.
       */
      readonly within?: readonly number[];
      /** What gives the same answer whatever the chunks, for the CHUNK_DEPENDENT warning. */
      readonly instead?: string;
    };

/** Resolved arguments: plain JSON, one entry per axis where a parameter is per axis. They go into the plan. */
export type ResolvedArgs = { readonly [name: string]: Json };

export interface KernelContext {
  readonly axes: readonly Axis[];
  readonly inputs: readonly DType[];
}

/** A box of a kernel's result: its input extended as the maps say is computed, and cut to `shape` elements at `from`. */
export interface KernelBox {
  readonly maps: readonly AxisMap[];
  readonly from: readonly number[];
  readonly shape: readonly number[];
}

/**
 * A kernel of one input that computes a box straight from the block that is read, without the extended block and its result, and gives
 * rows to the next step while they are in the cache. The same to the bit as extending, running and cutting.
 */
export interface BoxedKernel {
  /** Whether it can compute this box. */
  fits(args: ResolvedArgs, box: KernelBox): boolean;
  /** Heap bytes beyond input and output. */
  scratchBytes(shape: readonly number[], input: DType, args: ResolvedArgs, hasNext: boolean): number;
  run(heap: Heap, input: HeapBlock, args: ResolvedArgs, box: KernelBox, next?: RowStep): HeapBlock;
}

/**
 * A built-in kernel: what it accepts, how far it looks, what it costs, and how it runs. One file a kernel in
 * `kernels/`, with its AssemblyScript in `kernels/wasm/assembly/`. `Args` is what the user writes, after parsing.
 */
export interface Kernel<Args = unknown> {
  /** camelCase of the scikit-image or scipy.ndimage name. */
  readonly name: string;
  /** One line for `lamella kernels`. */
  readonly summary: string;
  /** The function whose result it equals, e.g. "scipy.ndimage.gaussian_filter". */
  readonly equals: string;
  /** Strict object schema with defaults and a description for each parameter. */
  readonly args: z.ZodType<Args>;
  /** How many arrays it takes. */
  readonly inputs: number;
  /** What it takes; anything else is refused with UNSUPPORTED_DTYPE naming the kernel and the dtype. */
  readonly accepts: readonly DType[];
  /** Parameters that are lengths: a physical "0.5 um" has become elements by the time `resolve` sees it. */
  readonly lengths: readonly string[];
  /**
   * Parameters whose numbers a 0-d array may give when the task runs (`{ above: { step: cut } }`). `resolve` passes them on
   * unchanged, and extent, dtype, scratch and cost don't depend on them.
   */
  readonly scalars?: readonly string[];
  /**
   * Expands what the user wrote to one value per axis: where axes are typed, a scalar applies to z, y, x only; a
   * short list means the last axes; a map is keyed by axis name or index. Throws INVALID_ARGS.
   */
  resolve(args: Args, context: KernelContext): ResolvedArgs;
  /** The dtype of the result when the user declares none. */
  outputDType(inputs: readonly DType[], args: ResolvedArgs): DType;
  extent(args: ResolvedArgs, ndim: number, inputs: readonly DType[]): Extent;
  /** Heap bytes that `run` needs at most beyond its inputs and its output; `shape` is the input block's. */
  scratchBytes(shape: readonly number[], inputs: readonly DType[], args: ResolvedArgs): number;
  /** CPU nanoseconds per input element on one core, roughly: for cost and time, never for results. */
  costPerElement(args: ResolvedArgs, ndim: number, inputs: readonly DType[]): number;
  /**
   * Computes in WASM. Inputs are left alone; the result is a new block of `outputDType` and of the inputs' shape.
   * Gives the same bits for an element wherever it lies in the block, tails included. Any shape, 0-d and
   * zero-sized axes too.
   */
  run(heap: Heap, inputs: readonly HeapBlock[], args: ResolvedArgs): HeapBlock;
  readonly boxed?: BoxedKernel;
  /** The same in plain TypeScript, for the tests: clear rather than fast. */
  reference(inputs: readonly Block[], args: ResolvedArgs): Block;
}
