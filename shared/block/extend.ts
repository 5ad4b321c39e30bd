import { type Block, stridesOf } from "./block.ts";
import { type AxisMap, CONSTANT_INDEX } from "./boundary.ts";
import { elementOf } from "./copy.ts";
import { gatherInMemory } from "./extend-in-memory.ts";

/**
 * Gathers `source` (the elements [readStart, readStop) of each axis) into `target` (the elements [start, stop)), as
 * the maps say. Where several axes are constant at once the last one's value counts, as when numpy pads axis after axis.
 */
export function gather(source: Block, target: Block, maps: readonly AxisMap[]): void {
  if (gatherInMemory(source, target, maps)) return;
  const rank = maps.length;
  const sourceStrides = stridesOf(source.shape);
  const targetStrides = stridesOf(target.shape);
  const src = source.data as Uint8Array;
  const dst = target.data as Uint8Array;
  const last = maps[rank - 1]!;
  const width = target.shape[rank - 1]!;
  const fillLast = elementOf(target.dtype, last.constant ?? 0) as number;

  const row = (s: number, t: number): void => {
    if (!last.index) {
      dst.set(src.subarray(s, s + width), t);
      return;
    }
    const index = last.index;
    let i = 0;
    while (i < width) {
      const k = index[i]!;
      if (k === CONSTANT_INDEX) {
        dst[t + i++] = fillLast;
        continue;
      }
      let j = i + 1;
      while (j < width && index[j] === k + (j - i)) j++;
      if (j - i > 16) dst.set(src.subarray(s + k, s + k + (j - i)), t + i);
      else for (let m = i; m < j; m++) dst[t + m] = src[s + k + (m - i)]!;
      i = j;
    }
  };
  const constantRow = (t: number, value: number): void => {
    dst.fill(value, t, t + width);
    if (!last.index || last.constant === undefined) return;
    for (let i = 0; i < width; i++) if (last.index[i] === CONSTANT_INDEX) dst[t + i] = fillLast;
  };

  const walk = (axis: number, s: number, t: number, constant: number | undefined): void => {
    if (axis === rank - 1) {
      if (constant === undefined) row(s, t);
      else constantRow(t, constant);
      return;
    }
    const map = maps[axis]!;
    const n = target.shape[axis]!;
    for (let i = 0; i < n; i++) {
      const k = map.index ? map.index[i]! : i;
      const next = t + i * targetStrides[axis]!;
      if (k === CONSTANT_INDEX) walk(axis + 1, s, next, elementOf(target.dtype, map.constant ?? 0) as number);
      else walk(axis + 1, s + k * sourceStrides[axis]!, next, constant);
    }
  };
  if (rank === 0) dst[0] = src[0]!;
  else walk(0, 0, 0, undefined);
}
