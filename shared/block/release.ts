/** Node cuts small buffers out of a pool of this size, which must never be given back. */
const POOL_BYTES = Buffer.poolSize;

/**
 * Gives the memory of some bytes back now, by detaching their buffer, instead of when V8 comes to collect it: V8 sees
 * little reason to, since the bytes lie outside its own heap, and the process grows far beyond what it holds. The caller
 * must own the whole buffer, and nothing may use it afterwards. Shared memory, and what may lie in a pool, is left alone.
 */
export function release(bytes: ArrayBufferView | undefined): void {
  if (bytes?.buffer instanceof ArrayBuffer && bytes.buffer.byteLength > POOL_BYTES) bytes.buffer.transfer(0);
}
