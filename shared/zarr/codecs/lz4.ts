import type { Heap } from "../../kernels/heap.ts";
import type { BytesCodec } from "./codec.ts";
import { codecExports, heapBytes, withHeap, withScratch } from "./codec-heap.ts";
import { decodeError, sizeError } from "./decode-error.ts";

const HEADER_BYTES = 4;

/** numcodecs' `lz4`: the decoded size as a little-endian uint32, then one LZ4 block. */
export function lz4Codec(): BytesCodec {
  return {
    name: "numcodecs.lz4",
    encodedBound: (length) => ({ bytes: lz4Bound(length), exact: false }),
    decode(bytes, bound, lent) {
      if (bytes.byteLength < HEADER_BYTES) throw decodeError("lz4", "cut short before its header ends");
      const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
      if (bound.exact ? size !== bound.bytes : size > bound.bytes) throw sizeError("lz4", bound.bytes, size);
      return lz4DecodeBlock(bytes.subarray(HEADER_BYTES), size, lent);
    },
    encode: (bytes, lent) =>
      withHeap(lent, (heap) => {
        const wasm = codecExports(heap);
        const length = bytes.byteLength;
        const bound = lz4Bound(length);
        const table = wasm.lz4ScratchBytes();
        return withScratch(heap, table + bound + length, (ptr) => {
          const source = ptr + table + bound;
          heapBytes(heap, source, length).set(bytes);
          const got = wasm.lz4Encode(ptr + table, bound, source, length, ptr, 1);
          const out = new Uint8Array(HEADER_BYTES + got);
          new DataView(out.buffer).setUint32(0, length, true);
          out.set(heapBytes(heap, ptr + table, got), HEADER_BYTES);
          return out;
        });
      }),
  };
}

/** One LZ4 block of `size` decoded bytes. Throws CHUNK_DECODE. */
export function lz4DecodeBlock(bytes: Uint8Array, size: number, lent?: Heap): Uint8Array {
  const packed = bytes.byteLength;
  return withHeap(lent, (heap) =>
    withScratch(heap, packed + size, (ptr) => {
      heapBytes(heap, ptr, packed).set(bytes);
      const got = codecExports(heap).lz4Decode(ptr + packed, size, ptr, packed);
      if (got !== size) throw decodeError("lz4", got < 0 ? "malformed block" : "the block is cut short");
      return heapBytes(heap, ptr + packed, size).slice();
    }),
  );
}

/** LZ4_COMPRESSBOUND, and the header. */
function lz4Bound(length: number): number {
  return length + Math.ceil(length / 255) + 16 + HEADER_BYTES;
}
