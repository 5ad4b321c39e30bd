import { sizeOf, stridesOf } from "./block.ts";
import type { Region } from "./region.ts";

/** Where a chunk's rows go, in bytes: a row is what lies side by side in the chunk and in the array. */
export interface RowPlan {
  /** Bytes of a row in the chunk, and how many of them are the array's: the rest is beyond its end. */
  readonly stored: number;
  readonly kept: number;
  /** Rows of the chunk, and where each begins in the array; -1 for those beyond its end. */
  readonly starts: Float64Array;
}

/** The rows of the chunk of `chunkShape` that covers `box` of an array of `shape`. */
export function planRows(
  shape: readonly number[],
  chunkShape: readonly number[],
  box: Region,
  bytes: number,
): RowPlan {
  // Trailing axes that the chunk spans make longer rows. One that is cut at its array's end may be as long as a block that holds
  // part of a neighbour too.
  let axis = shape.length - 1;
  while (axis > 0 && chunkShape[axis] === shape[axis] && box.shape[axis] === shape[axis]) axis--;
  const strides = stridesOf(shape);
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = chunkShape.slice(0, Math.max(0, axis));
  const starts = new Float64Array(sizeOf(outer));
  const origin = box.start.reduce((sum, start, i) => sum + start * strides[i]!, 0);
  const at = outer.map(() => 0);
  for (let row = 0; row < starts.length; row++) {
    const inside = at.every((a, i) => a < box.shape[i]!);
    starts[row] = inside ? bytes * at.reduce((sum, a, i) => sum + a * strides[i]!, origin) : -1;
    for (let i = at.length - 1; i >= 0 && ++at[i]! === outer[i]!; i--) at[i] = 0;
  }
  const along = axis < 0 ? [1, 1] : [chunkShape[axis]!, box.shape[axis]!];
  return { stored: along[0]! * inner * bytes, kept: along[1]! * inner * bytes, starts };
}

/** Puts bytes `offset` to `offset + length` of a chunk, which lie at `ptr`, where they belong in the array at `base`. */
export function placePiece(
  plan: RowPlan,
  base: number,
  ptr: number,
  offset: number,
  length: number,
  copy: (to: number, from: number, bytes: number) => void,
): void {
  const { stored, kept, starts } = plan;
  const end = offset + length;
  for (let row = Math.floor(offset / stored); row * stored < end; row++) {
    const start = starts[row]!;
    if (start < 0) continue;
    const from = Math.max(offset, row * stored);
    const to = Math.min(end, row * stored + kept);
    if (to > from) copy(base + start + from - row * stored, ptr + from - offset, to - from);
  }
}

/** Whether all of a chunk is one row: it lies in the array as it is stored. */
export function isOneRow({ stored, kept, starts }: RowPlan): boolean {
  return starts.length === 1 && kept === stored;
}
