import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SegmentInfo } from "../../../../shared/formats/tiff/compression/codec.ts";
import { lzw } from "../../../../shared/formats/tiff/compression/lzw.ts";

function info(expected: number): SegmentInfo {
  return { expected, limit: expected } as SegmentInfo;
}

/** An LZW encoder as TIFF 6.0 describes it, or as files before 1988 have it: lowest bit first, widths on time. */
function encode(data: Uint8Array, old = false): Uint8Array {
  const out: number[] = [];
  let held = 0;
  let bits = 0n;
  let width = 9;
  const emit = (code: number): void => {
    bits = old ? bits | (BigInt(code) << BigInt(held)) : (bits << BigInt(width)) | BigInt(code);
    held += width;
    while (held >= 8) {
      if (old) {
        out.push(Number(bits & 255n));
        bits >>= 8n;
      } else {
        out.push(Number((bits >> BigInt(held - 8)) & 255n));
      }
      held -= 8;
      if (!old) bits &= (1n << BigInt(held)) - 1n;
    }
  };
  let table = new Map<string, number>();
  let next = 258;
  const clear = (): void => {
    emit(256);
    table = new Map();
    next = 258;
    width = 9;
  };
  const codeOf = (text: string): number | undefined =>
    text.length === 1 ? text.charCodeAt(0) : table.get(text);
  clear();
  let current = "";
  for (const byte of data) {
    const longer = current + String.fromCharCode(byte);
    if (codeOf(longer) !== undefined) {
      current = longer;
      continue;
    }
    emit(codeOf(current)!);
    table.set(longer, next++);
    // The encoder's table is one entry ahead of the decoder's.
    if (next > (1 << width) - (old ? 0 : 1) && width < 12) width++;
    if (next === 4094) clear();
    current = String.fromCharCode(byte);
  }
  if (current !== "") {
    emit(codeOf(current)!);
    next++;
    if (next > (1 << width) - (old ? 0 : 1) && width < 12) width++;
  }
  emit(257);
  if (held > 0) out.push(old ? Number(bits & 255n) : Number((bits << BigInt(8 - held)) & 255n));
  return new Uint8Array(out);
}

describe("LZW", () => {
  const runs = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 300 })), { maxLength: 60 })
    .map((parts) =>
      Uint8Array.from(parts.flatMap(([value, length]) => new Array<number>(length).fill(value))),
    );
  const data = fc.oneof(fc.uint8Array({ maxLength: 6000 }), runs);

  test.each([
    ["TIFF 6.0", false],
    ["old-style", true],
  ])("%s streams give back what was compressed", (_, old) => {
    fc.assert(
      fc.property(data, (bytes) => {
        expect(Buffer.from(lzw.decode(encode(bytes, old), info(bytes.length)) as Uint8Array)).toEqual(
          Buffer.from(bytes),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("a table that fills up several times", () => {
    const bytes = new Uint8Array(60_000).map((_, i) => (i * i * 31) >> 5);
    expect(Buffer.compare(lzw.decode(encode(bytes), info(bytes.length)) as Uint8Array, bytes)).toBe(0);
  });

  test("TIFF 6.0's own example", () => {
    // Section 13: 7 7 7 8 8 7 7 6 6, written as codes 256 7 258 8 8 258 6 6 257.
    const codes = [256, 7, 258, 8, 8, 258, 6, 6, 257];
    const bits = codes.map((code) => code.toString(2).padStart(9, "0")).join("");
    const bytes = bits.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
    expect([...(lzw.decode(new Uint8Array(bytes), info(9)) as Uint8Array)]).toEqual([
      7, 7, 7, 8, 8, 7, 7, 6, 6,
    ]);
  });

  test("more bytes than the segment has room for are left", () => {
    const bytes = new Uint8Array(100).fill(3);
    expect(lzw.decode(encode(bytes), info(10)) as Uint8Array).toEqual(bytes.subarray(0, 10));
  });

  test("cut data and codes from nowhere are errors", () => {
    const bytes = encode(new Uint8Array(1000).map((_, i) => i * 7));
    expect(() => lzw.decode(bytes.subarray(0, 200), info(1000))).toThrow(/ends after/);
    expect(() => lzw.decode(new Uint8Array([0x80, 0x7f, 0xff, 0xff]), info(10))).toThrow(/not in the table/);
  });
});
