import { sizeOf } from "../block/block.ts";

/** Chunks of an array between two passes of a rechunk, with the boxes that either pass reads or writes at once. */
export interface BetweenChunks {
  /** A whole number of source chunks along each axis, or as many elements as come near it. */
  readonly read: number[];
  /** A whole number of target objects along each axis. */
  readonly write: number[];
  readonly between: number[];
}

/** An intermediate chunk of so many bytes is large enough: more would cost memory and bring nothing. */
const LARGE_CHUNK = 8 * 2 ** 20;

/**
 * Chunks for an intermediate array such that neither pass reads chunks in parts: both sides grow while a task of `mostBytes`
 * holds them, and what they have in common is the chunk, as rechunker does (Pangeo rechunker, algorithm.py: read chunks, write
 * chunks, and the smaller of both per axis between them). Grown is whichever side makes the common chunk largest.
 */
export function betweenChunks(
  shape: readonly number[],
  source: readonly number[],
  target: readonly number[],
  itemBytes: number,
  mostBytes: number,
): BetweenChunks {
  const cut = (chunk: readonly number[]) => chunk.map((n, axis) => Math.max(1, Math.min(n, shape[axis]!)));
  let read = cut(source);
  let write = cut(target);
  const common = (r: readonly number[], w: readonly number[]) =>
    sizeOf(r.map((n, axis) => Math.min(n, w[axis]!)));
  const fits = (box: readonly number[]) => sizeOf(box) * itemBytes <= mostBytes;
  for (;;) {
    if (common(read, write) * itemBytes >= LARGE_CHUNK) break;
    let best: { read: number[]; write: number[]; size: number; bytes: number } | undefined;
    for (const axis of shape.keys()) {
      const readsLess = read[axis]! < write[axis]!;
      if (read[axis] === write[axis]) continue;
      const grown = doubled(readsLess ? read : write, axis, shape);
      if (!fits(grown)) continue;
      const next = readsLess ? { read: grown, write } : { read, write: grown };
      const size = common(next.read, next.write);
      const bytes = sizeOf(grown);
      // Of equal ones that which leaves most room to grow further.
      if (!best || size > best.size || (size === best.size && bytes < best.bytes))
        best = { ...next, size, bytes };
    }
    if (!best) break;
    read = best.read;
    write = best.write;
  }
  const between = read.map((n, axis) => divisorNear(n, write[axis]!, shape[axis]!));
  read = read.map((n, axis) =>
    n >= shape[axis]! ? n : Math.max(1, Math.floor(n / between[axis]!)) * between[axis]!,
  );
  return { read, write, between };
}

function doubled(box: readonly number[], axis: number, shape: readonly number[]): number[] {
  return box.map((n, i) => (i === axis ? Math.min(2 * n, shape[i]!) : n));
}

/** A chunk of at most `most` of which `box` is a whole number, where there is one of at least half of it. A box that is the whole axis needs none. */
function divisorNear(box: number, most: number, whole: number): number {
  if (box <= most || box >= whole) return Math.min(box, most);
  for (let parts = Math.ceil(box / most); parts <= (2 * box) / most; parts++)
    if (box % parts === 0) return box / parts;
  return most;
}
