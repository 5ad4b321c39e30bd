import { type Block, stridesOf } from "./block.ts";
import { moveRows } from "./copy.ts";

/**
 * Fills `target` with the elements of `source` at origin + i * strides[0] + j * strides[1] ..., in elements; strides may
 * be negative or zero. Runs of stride 1 along the last axis are copied whole.
 */
export function copyStrided(source: Block, origin: number, strides: readonly number[], target: Block): void {
  const { shape } = target;
  const rank = shape.length;
  for (const n of shape) if (n === 0) return;
  const src = source.data as Uint8Array;
  const dst = target.data as Uint8Array;
  if (rank === 0) {
    dst[0] = src[origin]!;
    return;
  }
  if (source.mover !== undefined && source.mover === target.mover) {
    // elements that lie side by side in both are one row, others are rows of one element
    const isRow = strides[rank - 1] === 1;
    const outside = isRow ? shape.slice(0, -1) : shape;
    moveRows(
      source.mover,
      { data: source.data, at: origin, strides },
      { data: target.data, at: 0, strides: stridesOf(shape) },
      outside,
      isRow ? shape[rank - 1]! : 1,
    );
    return;
  }
  const width = shape[rank - 1]!;
  const step = strides[rank - 1]!;
  const at = new Array<number>(rank - 1).fill(0);
  let from = origin;
  for (let to = 0; ; to += width) {
    if (step === 1) dst.set(src.subarray(from, from + width), to);
    else for (let i = 0, s = from; i < width; i++, s += step) dst[to + i] = src[s]!;
    let axis = rank - 2;
    for (; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}
