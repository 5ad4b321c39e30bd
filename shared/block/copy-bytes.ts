/** Bytes from which asking for a memmove costs less than it saves. */
const WORTH_ASKING = 2048;

/**
 * Copies `source` to `at` in `target`. Between shared memory, which kernels work in, and other memory typed arrays copy word by
 * word, as JavaScript's memory model wants. Node's buffers, asked for a part of one, move it at once, in half the time.
 */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = source;
  if (byteLength < WORTH_ASKING) {
    target.set(source, at);
    return;
  }
  const into = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  Buffer.from(buffer).copy(into, at, byteOffset, byteOffset + byteLength);
}
