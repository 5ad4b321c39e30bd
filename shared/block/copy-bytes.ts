import type { TypedArray } from "./dtype.ts";

/** Bytes from which asking for a memmove costs less than it saves: where buffers are made to ask, and where they are there. */
const WORTH_ASKING = 2048;
const ROW_WORTH_ASKING = 512;

/**
 * Copies `source` to `at` in `target`. Between shared memory, which kernels work in, and other memory typed arrays copy word by
 * word, as JavaScript's memory model wants. Node's buffers move it at once, in half the time, but only what is a part of the one asked:
 * so that is the whole memory.
 */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = source;
  if (byteLength < WORTH_ASKING) {
    target.set(source, at);
    return;
  }
  Buffer.from(buffer).copy(asBuffer(target), at, byteOffset, byteOffset + byteLength);
}

/** The same for many rows of `run` elements: copies one from an index of `source` to one of `target`. */
export function rowCopier(
  source: TypedArray,
  target: TypedArray,
  run: number,
): (from: number, to: number) => void {
  const src = source as Uint8Array;
  const dst = target as Uint8Array;
  if (run === 1) {
    return (from, to) => {
      dst[to] = src[from]!;
    };
  }
  const size = source.BYTES_PER_ELEMENT;
  if (!(isShared(source) || isShared(target)) || run * size < ROW_WORTH_ASKING)
    return (from, to) => dst.set(src.subarray(from, from + run), to);
  const memory = Buffer.from(source.buffer);
  const into = asBuffer(target);
  return (from, to) => {
    const at = source.byteOffset + from * size;
    memory.copy(into, to * size, at, at + run * size);
  };
}

function isShared({ buffer }: TypedArray): boolean {
  return buffer instanceof SharedArrayBuffer;
}

function asBuffer({ buffer, byteOffset, byteLength }: TypedArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
