import { Heap, type HeapExports } from "../../kernels/heap.ts";
import { kernelModule } from "../../kernels/wasm/module.ts";

/** The codecs' functions of the kernel module. Pointers and sizes are bytes. */
export interface CodecExports extends HeapExports {
  shuffleBytes(dst: number, src: number, bytes: number, typeSize: number): void;
  unshuffleBytes(dst: number, src: number, bytes: number, typeSize: number): void;
  unshuffleBits(dst: number, src: number, bytes: number, typeSize: number): void;
  copyRows(
    dst: number,
    dstPitch: number,
    src: number,
    srcPitch: number,
    rowBytes: number,
    rows: number,
  ): void;
  lz4ScratchBytes(): number;
  /** 0 where the result would exceed `capacity`. */
  lz4Encode(
    dst: number,
    capacity: number,
    src: number,
    length: number,
    table: number,
    acceleration: number,
  ): number;
  lz4Decode(dst: number, capacity: number, src: number, length: number): number;
  bloscLzDecode(dst: number, capacity: number, src: number, length: number): number;
  crc32c(src: number, length: number, crc: number): number;
}

/** WASM memory never shrinks: a heap that has grown beyond this is dropped after use. */
const KEEP_BYTES = 64 * 1024 * 1024;

let own: Heap | undefined;

export function codecExports(heap: Heap): CodecExports {
  return heap.exports as CodecExports;
}

/** Runs `use` with the caller's heap, or with this thread's own small one. `use` frees what it allocates. */
export function withHeap<T>(lent: Heap | undefined, use: (heap: Heap) => T): T {
  if (lent) return use(lent);
  own ??= new Heap(kernelModule());
  try {
    return use(own);
  } finally {
    if (own.memory.buffer.byteLength > KEEP_BYTES) own = undefined;
  }
}

/** Runs `use` with `bytes` bytes of scratch. */
export function withScratch<T>(heap: Heap, bytes: number, use: (ptr: number) => T): T {
  const ptr = heap.allocBytes(bytes);
  try {
    return use(ptr);
  } finally {
    heap.freeBytes(ptr);
  }
}

/** A view of the heap's bytes. */
export function heapBytes(heap: Heap, ptr: number, length: number): Uint8Array {
  return new Uint8Array(heap.memory.buffer, ptr, length);
}
