import { LamellaError } from "../../errors.ts";
import type { Heap } from "../../kernels/heap.ts";
import { allocateBytes } from "../../storage/bytes.ts";
import {
  BLOSC_HEADER_BYTES,
  type BloscFormat,
  type BloscFrame,
  readBloscFrame,
  streamsOf,
} from "./blosc-frame.ts";
import { codecExports, heapBytes, withHeap, withScratch } from "./codec-heap.ts";
import { decodeError, sizeError } from "./decode-error.ts";
import { nativeDecompressInto } from "./native.ts";

/** The decoded bytes of a frame that must be `size` bytes. Throws CHUNK_DECODE, UNSUPPORTED_CODEC. */
export function decodeBlosc(bytes: Uint8Array, size: number, lent?: Heap): Uint8Array {
  const frame = checkedFrame(bytes, size);
  if (frame.stored) return new Uint8Array(storedBytes(bytes, size));
  const out = allocateBytes(size);
  withHeap(lent, (heap) =>
    withScratch(heap, frame.blockBytes, (ptr) => {
      for (let block = 0; block < frame.blocks; block++) {
        const offset = block * frame.blockBytes;
        const length = Math.min(frame.blockBytes, size - offset);
        decodeBlock(heap, frame, bytes, block, length, ptr);
        out.set(heapBytes(heap, ptr, length), offset);
      }
    }),
  );
  return out;
}

/** The same, straight to `size` bytes at `ptr` of a heap. Needs up to two more blocks of scratch there. */
export function decodeBloscInto(heap: Heap, ptr: number, bytes: Uint8Array, size: number): void {
  const frame = checkedFrame(bytes, size);
  if (frame.stored) {
    heapBytes(heap, ptr, size).set(storedBytes(bytes, size));
    return;
  }
  for (let block = 0; block < frame.blocks; block++) {
    const offset = block * frame.blockBytes;
    decodeBlock(heap, frame, bytes, block, Math.min(frame.blockBytes, size - offset), ptr + offset);
  }
}

function checkedFrame(bytes: Uint8Array, size: number): BloscFrame {
  const frame = readBloscFrame(bytes);
  if (frame.bytes !== size) throw sizeError("blosc", size, frame.bytes);
  if (frame.format === "snappy" && !frame.stored) {
    throw new LamellaError("UNSUPPORTED_CODEC", "blosc with snappy is not supported", {
      hint: "Write the array again with zarr-python and blosc's zstd or lz4.",
      details: { codec: "blosc", cname: "snappy" },
    });
  }
  return frame;
}

function storedBytes(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.byteLength < BLOSC_HEADER_BYTES + size)
    throw decodeError("blosc", "the stored bytes are cut short");
  return bytes.subarray(BLOSC_HEADER_BYTES, BLOSC_HEADER_BYTES + size);
}

/** Decompresses one block and undoes its filter, to `length` bytes at `target`. */
function decodeBlock(
  heap: Heap,
  frame: BloscFrame,
  bytes: Uint8Array,
  block: number,
  length: number,
  target: number,
): void {
  const { typeSize } = frame;
  // bit shuffle covers blocks whose element count is a multiple of eight, and leaves others alone
  const shuffled =
    frame.filter === "shuffle" || (frame.filter === "bitshuffle" && Math.floor(length / typeSize) % 8 === 0);
  if (!shuffled) {
    decompressBlock(heap, frame, bytes, block, length, target);
    return;
  }
  withScratch(heap, length, (ptr) => {
    decompressBlock(heap, frame, bytes, block, length, ptr);
    const wasm = codecExports(heap);
    if (frame.filter === "shuffle") wasm.unshuffleBytes(target, ptr, length, typeSize);
    else wasm.unshuffleBits(target, ptr, length, typeSize);
  });
}

function decompressBlock(
  heap: Heap,
  frame: BloscFrame,
  bytes: Uint8Array,
  block: number,
  length: number,
  target: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entry = BLOSC_HEADER_BYTES + block * 4;
  if (entry + 4 > bytes.byteLength) throw decodeError("blosc", "the table of blocks is cut short");
  let at = view.getUint32(entry, true);
  const streams = streamsOf(frame, length);
  const streamBytes = length / streams;
  if (!Number.isInteger(streamBytes)) {
    throw decodeError("blosc", `a block of ${length} bytes cannot hold elements of ${frame.typeSize}`);
  }
  for (let stream = 0; stream < streams; stream++) {
    if (at + 4 > bytes.byteLength) throw decodeError("blosc", `block ${block} is cut short`);
    const packed = view.getUint32(at, true);
    at += 4;
    if (packed > bytes.byteLength - at) throw decodeError("blosc", `block ${block} is cut short`);
    const source = bytes.subarray(at, at + packed);
    const to = target + stream * streamBytes;
    if (packed === streamBytes) heapBytes(heap, to, streamBytes).set(source);
    else decompressStream(heap, frame.format, source, to, streamBytes);
    at += packed;
  }
}

function decompressStream(
  heap: Heap,
  format: BloscFormat,
  source: Uint8Array,
  to: number,
  length: number,
): void {
  if (format === "zstd" || format === "zlib") {
    nativeDecompressInto(format, source, heapBytes(heap, to, length), length, `blosc ${format}`);
    return;
  }
  const wasm = codecExports(heap);
  const decompress = format === "lz4" ? wasm.lz4Decode : wasm.bloscLzDecode;
  withScratch(heap, source.byteLength, (ptr) => {
    heapBytes(heap, ptr, source.byteLength).set(source);
    const got = decompress(to, length, ptr, source.byteLength);
    if (got !== length)
      throw decodeError(`blosc ${format}`, got < 0 ? "malformed block" : "a block is cut short");
  });
}
