import { type Block, stridesOf } from "./block.ts";
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
  const src = source.data as Uint8Array;
  const dst = target.data as Uint8Array;
  if (outer === 0) {
    dst.set(src.subarray(s, s + run), t);
    return;
  }
  const index = new Array<number>(outer).fill(0);
  for (;;) {
    if (run === 1) dst[t] = src[s]!;
    else dst.set(src.subarray(s, s + run), t);
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
