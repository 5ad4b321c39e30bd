import { type Block, type RowMover, stridesOf } from "./block.ts";
import { rowCopier } from "./copy-bytes.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { isBigInt } from "./dtype.ts";

/**
 * Copies a box of `shape` elements from `source` at `from` to `target` at `to`. Both have the same dtype and rank,
 * and hold the box. Trailing axes that are whole on both sides are copied as one run.
 */
export function copyBox(
  source: Block,
  from: readonly number[],
  target: Block,
  to: readonly number[],
  shape: readonly number[],
): void {
  const rank = shape.length;
  for (const n of shape) if (n === 0) return;
  const sourceStrides = stridesOf(source.shape);
  const targetStrides = stridesOf(target.shape);
  let axis = rank - 1;
  let run = 1;
  while (axis >= 0) {
    run *= shape[axis]!;
    const whole = shape[axis] === source.shape[axis] && shape[axis] === target.shape[axis];
    axis--;
    if (!whole) break;
  }
  const outer = axis + 1;
  let s = 0;
  let t = 0;
  for (let i = 0; i < rank; i++) {
    s += from[i]! * sourceStrides[i]!;
    t += to[i]! * targetStrides[i]!;
  }
  if (source.mover !== undefined && source.mover === target.mover) {
    const outside = shape.slice(0, outer);
    moveRows(
      source.mover,
      { data: source.data, at: s, strides: sourceStrides },
      { data: target.data, at: t, strides: targetStrides },
      outside,
      run,
    );
    return;
  }
  const copyRow = rowCopier(source.data, target.data, run);
  const index = new Array<number>(outer).fill(0);
  for (;;) {
    copyRow(s, t);
    let i = outer - 1;
    for (; i >= 0; i--) {
      s += sourceStrides[i]!;
      t += targetStrides[i]!;
      if (++index[i]! < shape[i]!) break;
      s -= shape[i]! * sourceStrides[i]!;
      t -= shape[i]! * targetStrides[i]!;
      index[i] = 0;
    }
    if (i < 0) return;
  }
}

/** Rows in a memory: where the first one begins, and how far apart they are along each axis outside of them, in elements. */
export interface RowsAt {
  readonly data: TypedArray;
  readonly at: number;
  readonly strides: readonly number[];
}

/** Copies rows of `run` elements, as many as the axes outside of them have positions, within a mover's memory. */
export function moveRows(
  mover: RowMover,
  source: RowsAt,
  target: RowsAt,
  outside: readonly number[],
  run: number,
): void {
  const bytes = source.data.BYTES_PER_ELEMENT;
  const rowAxis = outside.length - 1;
  const planeAxis = outside.length - 2;
  const pitches = ({ strides }: RowsAt): [plane: number, row: number] => [
    planeAxis < 0 ? 0 : strides[planeAxis]! * bytes,
    rowAxis < 0 ? 0 : strides[rowAxis]! * bytes,
  ];
  const [sourcePlane, sourcePitch] = pitches(source);
  const [targetPlane, targetPitch] = pitches(target);
  const rows = rowAxis < 0 ? 1 : outside[rowAxis]!;
  const planes = planeAxis < 0 ? 1 : outside[planeAxis]!;
  const walk = (axis: number, s: number, t: number): void => {
    if (axis >= planeAxis) {
      mover.copyPlanes(t, targetPlane, targetPitch, s, sourcePlane, sourcePitch, run * bytes, rows, planes);
      return;
    }
    for (let i = 0; i < outside[axis]!; i++)
      walk(axis + 1, s + i * source.strides[axis]! * bytes, t + i * target.strides[axis]! * bytes);
  };
  walk(0, source.data.byteOffset + source.at * bytes, target.data.byteOffset + target.at * bytes);
}

/** A number as an element of a dtype: integers are truncated and wrap, NaN is 0 for them, bool is what isn't 0. */
export function elementOf(dtype: DType, value: number | bigint): number | bigint {
  if (dtype === "bool") return Number(value) === 0 ? 0 : 1;
  if (isBigInt(dtype))
    return typeof value === "bigint" ? value : Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  return Number(value);
}

/** Fills a whole typed array with one value. */
export function fill(data: TypedArray, dtype: DType, value: number | bigint): void {
  (data as Uint8Array).fill(elementOf(dtype, value) as number);
}
