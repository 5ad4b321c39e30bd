import { allocate, type DType, type TypedArray } from "./dtype.ts";

/** A piece of an array in memory: typed, C order (last axis contiguous). */
export interface Block {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  /** Byte offset in the worker's WASM memory, when the block lives there (see kernels/heap.ts). */
  readonly ptr?: number;
  /** Who copies rows within the memory where the block lives, when that is WASM memory. */
  readonly mover?: RowMover;
}

/** Copies rows within one memory, several times as fast as typed arrays do. Pointers, pitches and lengths are bytes. */
export interface RowMover {
  /** For each of `planes` planes, `rows` rows of `rowBytes` bytes. Pitches may be negative. */
  copyPlanes(
    dst: number,
    dstPlane: number,
    dstPitch: number,
    src: number,
    srcPlane: number,
    srcPitch: number,
    rowBytes: number,
    rows: number,
    planes: number,
  ): void;
}

/** Number of elements of a shape; 1 for a 0-d shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** C-order strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** A zeroed block in ordinary JavaScript memory. */
export function newBlock(dtype: DType, shape: readonly number[]): Block {
  return { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
}
