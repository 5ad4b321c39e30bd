import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c, crc32cCodec } from "../../../shared/zarr/codecs/crc32c.ts";

/** Bit by bit, from the definition. */
function reference(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("crc32c", () => {
  it("has the check value of RFC 3720", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it("equals its definition for any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(crc32c(bytes)).toBe(reference(bytes));
      }),
    );
  });

  it("is continued over the pieces that large bytes are copied in", () => {
    const bytes = Uint8Array.from({ length: (1 << 20) + 77 }, (_, i) => i * 7);
    expect(crc32c(bytes)).toBe(reference(bytes));
  });
});

describe("the crc32c codec", () => {
  it("finds any changed bit", () => {
    const codec = crc32cCodec();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), (bytes, at) => {
        const stored = codec.encode(bytes);
        expect(codec.decode(stored, { bytes: bytes.byteLength, exact: true })).toEqual(bytes);
        stored[at % stored.byteLength]! ^= 1 << (at % 8);
        expect(() => codec.decode(stored, { bytes: bytes.byteLength, exact: true })).toThrow(
          expect.objectContaining({ code: "CHECKSUM_MISMATCH" }),
        );
      }),
    );
  });

  it("refuses bytes that are cut short", () => {
    const codec = crc32cCodec();
    const stored = codec.encode(Uint8Array.of(1, 2, 3));
    for (let length = 0; length < stored.byteLength; length++) {
      expect(() => codec.decode(stored.subarray(0, length), { bytes: 3, exact: true })).toThrow(
        expect.objectContaining({ code: "CHUNK_DECODE" }),
      );
    }
  });
});
