import { type Block, newBlock, sizeOf } from "./block.ts";
import { bytesOf, type DType, itemSize, viewOf } from "./dtype.ts";

/**
 * Large buffers in pages of their own. What malloc hands out, a C library keeps when it's given back, more or less of it as
 * other buffers lie between: a process stays at the size of its heaviest moment. V8 takes the memory of a resizable buffer
 * from the system by itself, and returns it. New pages are costly, since the system clears them, so each thread keeps a few
 * that were given back for the next buffer.
 */

/** Buffers of this size and more are pages of their own, bytes. */
export const PAGES_FROM = 2 ** 16;
/** What a thread keeps for its next buffers at most, bytes. */
export const KEPT_PAGES = 24 * 2 ** 20;
/** Lengths are rounded up to eighths of a power of two: encoded chunks, each of another length, then fit each other's buffers. */
const STEPS = 8;

/** A kept buffer serves for one that takes up to this much less. */
const MOST_WASTE = 1.5;

/** What was given back, the oldest first. */
let kept: ArrayBuffer[] = [];
let keptBytes = 0;
let lentBytes = 0;

/** A buffer of at least `length` bytes, which may hold bytes of an earlier use. */
export function takePages(length: number): ArrayBuffer {
  const step = 2 ** Math.floor(Math.log2(length)) / STEPS;
  const size = Math.ceil(length / step) * step;
  const at = bestFit(size);
  const buffer = at < 0 ? new ArrayBuffer(size, { maxByteLength: size }) : kept.splice(at, 1)[0]!;
  if (at >= 0) keptBytes -= buffer.byteLength;
  lentBytes += buffer.byteLength;
  return buffer;
}

/** Where the smallest kept buffer is that holds `size` bytes and wastes little; -1 if there is none. */
function bestFit(size: number): number {
  let best = -1;
  for (const [at, { byteLength }] of kept.entries()) {
    if (byteLength < size || byteLength > MOST_WASTE * size) continue;
    if (best < 0 || byteLength < kept[best]!.byteLength) best = at;
  }
  return best;
}

/** Takes a buffer of `takePages` back: it is detached, so that nothing can reach what the next owner writes into it. */
export function returnPages(buffer: ArrayBuffer): void {
  // `buffer.transfer()` would copy a resizable buffer into pages of its own.
  const own = structuredClone(buffer, { transfer: [buffer] });
  const size = own.byteLength;
  lentBytes = Math.max(0, lentBytes - size);
  if (size > KEPT_PAGES) {
    own.transferToFixedLength(0);
    return;
  }
  kept.push(own);
  keptBytes += size;
  while (keptBytes > KEPT_PAGES) {
    const oldest = kept.shift()!;
    keptBytes -= oldest.byteLength;
    oldest.transferToFixedLength(0);
  }
}

/** A block whose elements the caller sets all: they aren't zeroed. */
export function blockToFill(dtype: DType, shape: readonly number[]): Block {
  const length = sizeOf(shape);
  const bytes = length * itemSize(dtype);
  if (bytes < PAGES_FROM) return newBlock(dtype, shape);
  return { dtype, shape, data: viewOf(dtype, takePages(bytes), 0, length) };
}

/** The same block, in pages where it's large: for what is kept for long. The memory where it was is given back. */
export function inPages(block: Block): Block {
  const { data, dtype, shape } = block;
  const { buffer } = data;
  const stays = data.byteLength < PAGES_FROM || !(buffer instanceof ArrayBuffer) || arePages(buffer);
  if (stays) return block;
  const moved = blockToFill(dtype, shape);
  bytesOf(moved.data).set(bytesOf(data));
  buffer.transfer(0);
  return moved;
}

export function arePages(buffer: ArrayBuffer): boolean {
  return buffer.resizable;
}

/** Bytes that this thread took and hasn't given back, and those that it keeps for the next. */
export function pageBytes(): { readonly lent: number; readonly kept: number } {
  return { lent: lentBytes, kept: keptBytes };
}

/** After a collection: of what was lent, at most `held` bytes are in use still. */
export function noteCollected(held: number): void {
  lentBytes = Math.min(lentBytes, held);
}

/** Returns to the system what is kept. */
export function dropKeptPages(): void {
  for (const buffer of kept) buffer.transferToFixedLength(0);
  kept = [];
  keptBytes = 0;
}
