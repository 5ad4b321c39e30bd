import { stridesOf } from "../block/block.ts";
import type { TypedArray } from "../block/dtype.ts";

/** A corner in an array of `shape`, in elements. */
export interface Placement {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly start: readonly number[];
}

/** Copies a box of `box` elements between two arrays of one dtype, both in C order. */
export function copyBox(from: Placement, to: Placement, box: readonly number[]): void {
  if (box.some((n) => n === 0)) return;
  const fromStrides = stridesOf(from.shape);
  const toStrides = stridesOf(to.shape);
  const row = box.at(-1) ?? 1;
  const outer = box.slice(0, -1);
  const at = outer.map(() => 0);
  const base = (placement: Placement, strides: readonly number[]) =>
    placement.start.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  const fromBase = base(from, fromStrides);
  const toBase = base(to, toStrides);
  const target = to.data as { set(source: TypedArray, offset: number): void };
  for (;;) {
    let source = fromBase;
    let offset = toBase;
    at.forEach((n, axis) => {
      source += n * fromStrides[axis]!;
      offset += n * toStrides[axis]!;
    });
    target.set(from.data.subarray(source, source + row), offset);
    let axis = outer.length - 1;
    while (axis >= 0 && ++at[axis]! === outer[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}
