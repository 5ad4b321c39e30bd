import { sizeOf } from "./block.ts";
import type { Region } from "./region.ts";

/** How wide the borders are that neighbouring tasks will ask for, per axis: at a chunk's low end and at its high end. */
export type BorderWidths = readonly (readonly [low: number, high: number])[];

/** A border is worth keeping by itself while it is this much smaller than its chunk. */
export const WORTH_KEEPING = 0.5;

/** The slabs of a chunk of `shape` that are its borders. */
export function borderBoxes(shape: readonly number[], widths: BorderWidths): Region[] {
  const boxes: Region[] = [];
  for (const [axis, [low, high]] of widths.entries()) {
    const length = shape[axis]!;
    if (!isBorderKept([low, high], length)) continue;
    for (const [at, width] of [
      [0, low],
      [length - high, high],
    ] as const) {
      if (width === 0) continue;
      boxes.push({
        start: shape.map((_, i) => (i === axis ? at : 0)),
        shape: shape.map((n, i) => (i === axis ? width : n)),
      });
    }
  }
  return boxes;
}

/** Whether the borders along an axis of so many elements are kept. */
export function isBorderKept(width: BorderWidths[number] | undefined, length: number): boolean {
  if (!width) return false;
  const [low, high] = width;
  return low + high > 0 && low + high <= WORTH_KEEPING * length;
}

/** Where border `at` begins, bytes, if borders of elements of `item` bytes lie one after the other; behind the last: how long they are. */
export function borderOffset(boxes: readonly Region[], at: number, item: number): number {
  return boxes.slice(0, at).reduce((sum, { shape }) => sum + Math.ceil((sizeOf(shape) * item) / 64) * 64, 0);
}
