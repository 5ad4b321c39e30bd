import type { AxisMap } from "../block/boundary.ts";
import type { DType } from "../block/dtype.ts";
import type { Region } from "../block/region.ts";
import type { KernelBox } from "../kernels/kernel.ts";
import type { RegionFacts } from "../kernels/region/region-op.ts";
import type { BlockCall } from "./blockwise-needs.ts";
import type { BlockwiseStep, CastStep, KernelStep, OpStep } from "./schema.ts";

/** A step on single elements that a kernel's rows go to at once. */
export type NextStep = CastStep | OpStep;

/**
 * What carries a program out: the engine's machine moves real blocks, the planner's only counts bytes. Both go through
 * the one recursion of `computeRegion`, so that the projected peak follows the same allocations as the run.
 */
export interface Machine<B> {
  read(array: string, dtype: DType, region: Region): Promise<B>;
  alloc(dtype: DType, shape: readonly number[]): B;
  /** A new block gathered from `block` (the read interval of each axis) as the maps say. */
  gather(block: B, maps: readonly AxisMap[]): B;
  /** A new block: the box of `shape` at `from`. */
  crop(block: B, from: readonly number[], shape: readonly number[]): B;
  /** Copies a box of one block into another. */
  paste(from: B, at: readonly number[], into: B, to: readonly number[], shape: readonly number[]): void;
  /** A new block of `shape` whose element at (i, j, ...) is the block's element at origin + i * strides[0] + j * strides[1] ... */
  view(block: B, origin: number, strides: readonly number[], shape: readonly number[]): B;
  kernel(step: KernelStep, inputs: readonly B[], scalars: readonly B[]): B;
  /** The box of the kernel's result, computed straight from the block that is read, and the next step's result of it. */
  boxed(step: KernelStep, input: B, box: KernelBox, next: NextStep | undefined): B;
  op(step: OpStep, facts: RegionFacts, region: Region, inputs: readonly B[], boxes: readonly Region[]): B;
  /** One call of a function of blocks; literal inputs are undefined. The block has `call.shape`. */
  call(
    step: BlockwiseStep,
    call: BlockCall,
    inputs: readonly (B | undefined)[],
    scalars: readonly B[],
  ): Promise<B>;
  cast(block: B, dtype: DType): B;
  free(block: B): void;
}
