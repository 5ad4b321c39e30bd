import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lz4Codec } from "../../../shared/zarr/codecs/lz4.ts";

const codec = lz4Codec();
const exact = (bytes: number) => ({ bytes, exact: true });

/** Bytes with repeats of every kind of distance: what matches are made of. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 30,
  })
  .map((runs) =>
    Uint8Array.from(runs.flatMap(([piece, times]) => Array.from({ length: times }, () => [...piece]).flat())),
  );

describe("LZ4 blocks", () => {
  it("decode to what was encoded", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), repetitive), (bytes) => {
        const packed = codec.encode(bytes);
        expect(packed.byteLength).toBeLessThanOrEqual(codec.encodedBound(bytes.byteLength).bytes);
        expect(Buffer.from(codec.decode(packed, exact(bytes.byteLength)))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it("make repetitive bytes small, over distances up to 64 KiB and lengths beyond a byte", () => {
    const piece = Uint8Array.from({ length: 60_000 }, (_, i) => (i * i * 31) >> 7);
    const bytes = new Uint8Array(180_000);
    for (let i = 0; i < 3; i++) bytes.set(piece, i * 60_000);
    const packed = codec.encode(bytes);
    expect(packed.byteLength).toBeLessThan(75_000);
    expect(Buffer.from(codec.decode(packed, exact(bytes.byteLength))).equals(bytes)).toBe(true);
  });

  it("damaged anywhere give an error or other bytes, never a write outside", () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i % 97) * (i % 13));
    const packed = codec.encode(bytes);
    fc.assert(
      fc.property(fc.nat(packed.byteLength - 1), fc.nat(255), fc.nat(packed.byteLength), (at, value, end) => {
        const damaged = packed.slice();
        damaged[at] = value;
        try {
          expect(codec.decode(damaged.subarray(0, end), exact(bytes.byteLength)).byteLength).toBe(
            bytes.byteLength,
          );
        } catch (error) {
          expect((error as { code?: string }).code).toBe("CHUNK_DECODE");
        }
      }),
      { numRuns: 1000 },
    );
  });
});
