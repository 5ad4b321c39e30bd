import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "../../../shared/kernels/heap.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { codecExports, heapBytes } from "../../../shared/zarr/codecs/codec-heap.ts";

const heap = new Heap(kernelModule());
const wasm = codecExports(heap);

type Filter = (dst: number, src: number, bytes: number, typeSize: number) => void;

function apply(filter: Filter, bytes: Uint8Array, typeSize: number): Uint8Array {
  const ptr = heap.allocBytes(2 * bytes.byteLength);
  heapBytes(heap, ptr, bytes.byteLength).set(bytes);
  filter(ptr + bytes.byteLength, ptr, bytes.byteLength, typeSize);
  const out = heapBytes(heap, ptr + bytes.byteLength, bytes.byteLength).slice();
  heap.freeBytes(ptr);
  return out;
}

function shuffled(bytes: Uint8Array, typeSize: number): Uint8Array {
  const n = Math.floor(bytes.byteLength / typeSize);
  return bytes.map((byte, at) =>
    at < n * typeSize ? bytes[(at % n) * typeSize + Math.floor(at / n)]! : byte,
  );
}

/** Bit b of byte k of element i goes to bit i % 8 of byte i / 8 of plane k * 8 + b. */
function bitShuffled(bytes: Uint8Array, typeSize: number): Uint8Array {
  const n = Math.floor(bytes.byteLength / typeSize);
  const out = bytes.map((byte, at) => (at < n * typeSize ? 0 : byte));
  for (let i = 0; i < n; i++) {
    for (let bit = 0; bit < typeSize * 8; bit++) {
      const value = (bytes[i * typeSize + (bit >> 3)]! >> (bit & 7)) & 1;
      out[bit * (n / 8) + (i >> 3)]! |= value << (i & 7);
    }
  }
  return out;
}

const typeSizes = fc.integer({ min: 1, max: 16 });

describe("byte shuffle", () => {
  it("lays out byte planes, whatever the type size and the tail", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 700 }), typeSizes, (bytes, typeSize) => {
        const planes = shuffled(bytes, typeSize);
        expect(apply(wasm.shuffleBytes, bytes, typeSize)).toEqual(planes);
        expect(apply(wasm.unshuffleBytes, planes, typeSize)).toEqual(bytes);
      }),
    );
  });
});

describe("bit shuffle", () => {
  it("is undone, for element counts that are multiples of eight", () => {
    fc.assert(
      fc.property(
        typeSizes,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(15),
        fc.infiniteStream(fc.nat(255)),
        (typeSize, eighths, tail, stream) => {
          const length = eighths * 8 * typeSize + (tail % typeSize);
          const bytes = Uint8Array.from(stream.take(length));
          expect(apply(wasm.unshuffleBits, bitShuffled(bytes, typeSize), typeSize)).toEqual(bytes);
        },
      ),
    );
  });
});
