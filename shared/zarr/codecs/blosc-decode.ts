import { copyBytes } from "../../block/copy-bytes.ts";
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

/** Bytes of a stored frame that are passed on at once. */
const STORED_PIECE = 1 << 18;

/** The decoded bytes of a frame that must be `size` bytes. Throws CHUNK_DECODE, UNSUPPORTED_CODEC. */
export function decodeBlosc(bytes: Uint8Array, size: number, lent?: Heap): Uint8Array {
  const frame = checkedFrame(bytes, size);
  if (frame.stored) return new Uint8Array(storedBytes(bytes, size));
  const out = allocateBytes(size);
  withHeap(lent, (heap) =>
    withScratch(heap, frame.blockBytes + 1, (ptr) => {
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

/** What a decoder says of bytes that it has decoded: where they lie in its heap, and which of the chunk's they are. */
export type UsePiece = (ptr: number, offset: number, length: number) => void;

/** The same, block by block: `use` is told of each, in order, and what lies there is gone when it returns. */
export function decodeBloscPieces(heap: Heap, bytes: Uint8Array, size: number, use: UsePiece): void {
  const frame = checkedFrame(bytes, size);
  const pieceBytes = frame.stored ? Math.min(size, STORED_PIECE) : frame.blockBytes;
  withScratch(heap, pieceBytes + 1, (ptr) => {
    for (let offset = 0; offset < size; offset += pieceBytes) {
      const length = Math.min(pieceBytes, size - offset);
      if (frame.stored) {
        heapBytes(heap, ptr, length).set(storedBytes(bytes, size).subarray(offset, offset + length));
      } else decodeBlock(heap, frame, bytes, offset / pieceBytes, length, ptr);
      use(ptr, offset, length);
    }
  });
}

/** The same to `ptr`, where the chunk's bytes lie one behind the other. */
export function decodeBloscInto(heap: Heap, bytes: Uint8Array, size: number, ptr: number): void {
  const frame = checkedFrame(bytes, size);
  if (frame.stored) {
    copyIn(heap, ptr, storedBytes(bytes, size));
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
  withScratch(heap, length + 1, (ptr) => {
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
    if (packed === streamBytes) copyIn(heap, to, source);
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
  const run = (ptr: number): void => {
    const got = decompress(to, length, ptr, source.byteLength);
    if (got !== length)
      throw decodeError(`blosc ${format}`, got < 0 ? "malformed block" : "a block is cut short");
  };
  if (liesIn(heap, source)) {
    run(source.byteOffset);
    return;
  }
  withScratch(heap, source.byteLength, (ptr) => {
    heapBytes(heap, ptr, source.byteLength).set(source);
    run(ptr);
  });
}

function liesIn(heap: Heap, bytes: Uint8Array): boolean {
  return bytes.buffer === heap.memory.buffer;
}

/** Within a heap the module copies faster than typed arrays on shared memory do. */
function copyIn(heap: Heap, to: number, source: Uint8Array): void {
  const { byteLength } = source;
  if (liesIn(heap, source)) codecExports(heap).copyRows(to, 0, source.byteOffset, 0, byteLength, 1);
  else copyBytes(heapBytes(heap, to, byteLength), 0, source);
}
