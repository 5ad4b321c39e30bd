import { LamellaError } from "../../errors.ts";
import type { Heap } from "../../kernels/heap.ts";
import type { BytesCodec } from "./codec.ts";
import { codecExports, heapBytes, withHeap, withScratch } from "./codec-heap.ts";
import { decodeError, sizeError } from "./decode-error.ts";

const CHECKSUM_BYTES = 4;
/** Bytes are copied to the heap in pieces of this size. */
const PIECE_BYTES = 1 << 20;

/** CRC-32C (Castagnoli) of the bytes. */
export function crc32c(bytes: Uint8Array, lent?: Heap): number {
  return withHeap(lent, (heap) =>
    withScratch(heap, Math.min(PIECE_BYTES, bytes.byteLength), (ptr) => {
      const wasm = codecExports(heap);
      let crc = 0;
      for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
        const piece = bytes.subarray(at, at + PIECE_BYTES);
        heapBytes(heap, ptr, piece.byteLength).set(piece);
        crc = wasm.crc32c(ptr, piece.byteLength, crc);
      }
      return crc >>> 0;
    }),
  );
}

/** Zarr v3's `crc32c`: the bytes, then their checksum as a little-endian uint32. Verified on reading. */
export function crc32cCodec(): BytesCodec {
  return {
    name: "crc32c",
    encodedBound: (length) => ({ bytes: length + CHECKSUM_BYTES, exact: true }),
    decode(bytes, bound, heap) {
      const length = bytes.byteLength - CHECKSUM_BYTES;
      if (length < 0) throw decodeError("crc32c", "cut short: no checksum");
      if (bound.exact ? length !== bound.bytes : length > bound.bytes)
        throw sizeError("crc32c", bound.bytes, length);
      const payload = bytes.subarray(0, length);
      const stored = new DataView(bytes.buffer, bytes.byteOffset + length, CHECKSUM_BYTES).getUint32(0, true);
      const computed = crc32c(payload, heap);
      if (stored !== computed) {
        throw new LamellaError(
          "CHECKSUM_MISMATCH",
          `crc32c: stored ${hex(stored)}, computed ${hex(computed)}`,
          {
            hint: "The bytes changed since they were written. Copy them again from their source.",
            details: { codec: "crc32c", stored: hex(stored), computed: hex(computed) },
          },
        );
      }
      return payload;
    },
    encode(bytes, heap) {
      const out = new Uint8Array(bytes.byteLength + CHECKSUM_BYTES);
      out.set(bytes);
      new DataView(out.buffer).setUint32(bytes.byteLength, crc32c(bytes, heap), true);
      return out;
    },
  };
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
