import { arePages, returnPages } from "./pages.ts";

/** Node cuts small buffers out of a pool of this size, which must never be given back. */
const POOL_BYTES = Buffer.poolSize;

/**
 * Gives the memory of some bytes back now, by detaching their buffer, instead of when V8 comes to collect it: V8 sees
 * little reason to, since the bytes lie outside its own heap, and the process grows far beyond what it holds. The caller
 * must own the whole buffer, and nothing may use it afterwards. Shared memory, and what may lie in a pool, is left alone.
 */
export function release(bytes: ArrayBufferView | undefined): void {
  if (!bytes) return;
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer)) return;
  if (arePages(buffer)) returnPages(buffer);
  else if (buffer.byteLength > POOL_BYTES) buffer.transfer(0);
}
