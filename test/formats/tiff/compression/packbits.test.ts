import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SegmentInfo } from "../../../../shared/formats/tiff/compression/codec.ts";
import { packBits } from "../../../../shared/formats/tiff/compression/packbits.ts";

function decode(bytes: readonly number[], expected: number): number[] {
  return [
    ...(packBits.decode(new Uint8Array(bytes), { expected, limit: expected } as SegmentInfo) as Uint8Array),
  ];
}

describe("PackBits", () => {
  test("Apple's example of TN1023", () => {
    const packed = [
      ...[0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa],
    ];
    expect(decode(packed, 24)).toEqual([
      ...[0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22],
      ...new Array(10).fill(0xaa),
    ]);
  });

  test("any mix of runs and literals, with no-operations between", () => {
    const run = fc.record({ value: fc.nat(255), length: fc.integer({ min: 2, max: 128 }) });
    const literal = fc.array(fc.nat(255), { minLength: 1, maxLength: 128 });
    fc.assert(
      fc.property(fc.array(fc.oneof(run, literal)), (parts) => {
        const packed: number[] = [];
        const plain: number[] = [];
        for (const part of parts) {
          if (Array.isArray(part)) {
            packed.push(128, part.length - 1, ...part);
            plain.push(...part);
          } else {
            packed.push(257 - part.length, part.value);
            plain.push(...new Array(part.length).fill(part.value));
          }
        }
        expect(decode(packed, plain.length)).toEqual(plain);
        expect(() => decode(packed, plain.length + 1)).toThrow(/ends after/);
      }),
    );
  });
});
