import { sizeOf } from "../../block/block.ts";
import type { Region } from "../../block/region.ts";
import type { HeapBlock } from "../heap.ts";

/** A region with another interval along an axis. */
export function along(region: Region, axis: number, start: number, count: number): Region {
  return {
    start: region.start.map((s, i) => (i === axis ? start : s)),
    shape: region.shape.map((n, i) => (i === axis ? count : n)),
  };
}

/** Copies lines across an axis: line `to` of the target is line `from` of the source, for each pair. The other axes are the same. */
export function copyLines(
  source: HeapBlock,
  target: HeapBlock,
  axis: number,
  from: ArrayLike<number>,
  to: ArrayLike<number>,
): void {
  const src = source.data as Uint8Array;
  const dst = target.data as Uint8Array;
  const inner = sizeOf(target.shape.slice(axis + 1));
  const outer = sizeOf(target.shape.slice(0, axis));
  const sourceStep = source.shape[axis]! * inner;
  const targetStep = target.shape[axis]! * inner;
  for (let o = 0, s = 0, t = 0; o < outer; o++, s += sourceStep, t += targetStep) {
    if (inner === 1) for (let i = 0; i < from.length; i++) dst[t + to[i]!] = src[s + from[i]!]!;
    else
      for (let i = 0; i < from.length; i++) {
        const at = s + from[i]! * inner;
        dst.set(src.subarray(at, at + inner), t + to[i]! * inner);
      }
  }
}
