import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, type TypedArray, viewOf } from "../../../shared/block/dtype.ts";
import type { PageLayout } from "../../../shared/formats/tiff/page.ts";
import { undoFloatingPoint, undoHorizontal } from "../../../shared/formats/tiff/predictor.ts";
import { sampleDType } from "../../../shared/formats/tiff/sample-type.ts";
import { reverseBits, unpackSamples } from "../../../shared/formats/tiff/unpack.ts";

function layoutOf(
  width: number,
  samples: number,
  bits: number,
  format: number,
  littleEndian = true,
): PageLayout {
  return {
    segmentWidth: width,
    samples,
    planar: false,
    bits,
    dtype: sampleDType(bits, format)!,
    sampleFormat: format,
    littleEndian,
  } as PageLayout;
}

describe("sampleDType", () => {
  test.each([
    [1, 1, "bool"],
    [4, 1, "uint8"],
    [12, 1, "uint16"],
    [24, 1, "uint32"],
    [64, 1, "uint64"],
    [8, 2, "int8"],
    [16, 3, "float16"],
    [24, 3, "float32"],
    [64, 3, "float64"],
    [8, 4, "uint8"],
    [33, 1, "uint64"],
    [12, 2, "int16"],
    [63, 2, "int64"],
    [0, 1, undefined],
    [65, 1, undefined],
    [64, 6, undefined],
  ])("%i bits of format %i: %s", (bits, format, dtype) => {
    expect(sampleDType(bits, format)).toBe(dtype);
  });
});

describe("unpackSamples", () => {
  const packed = fc.integer({ min: 1, max: 31 }).chain((bits) =>
    fc.record({
      bits: fc.constant(bits),
      rows: fc.array(fc.array(fc.nat(2 ** bits - 1), { minLength: 5, maxLength: 5 }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  );

  test("integers of any width, rows from whole bytes on", () => {
    fc.assert(
      fc.property(packed, ({ bits, rows }) => {
        fc.pre(bits !== 8 && bits !== 16);
        const bytes = rows.flatMap((row) => {
          const text = row.map((value) => value.toString(2).padStart(bits, "0")).join("");
          return text.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
        });
        const samples = unpackSamples(new Uint8Array(bytes), layoutOf(5, 1, bits, 1), rows.length, false);
        expect([...samples]).toEqual(rows.flat());
      }),
    );
  });

  test("signed integers of any width, and more than 32 bits", () => {
    const wide = fc.integer({ min: 2, max: 63 }).chain((bits) =>
      fc.record({
        bits: fc.constant(bits),
        values: fc.array(fc.bigInt(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n), {
          minLength: 3,
          maxLength: 9,
        }),
      }),
    );
    fc.assert(
      fc.property(wide, fc.constantFrom(1, 2), ({ bits, values }, format) => {
        fc.pre(![8, 16, 32].includes(bits));
        const stored = values.map((value) => BigInt.asUintN(bits, value));
        const text = stored.map((value) => value.toString(2).padStart(bits, "0")).join("");
        const bytes = text.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
        const layout = layoutOf(values.length, 1, bits, format);
        const samples = unpackSamples(new Uint8Array(bytes), layout, 1, false);
        expect([...samples].map(BigInt)).toEqual(format === 2 ? values : stored);
      }),
    );
  });

  test("big-endian samples are swapped, and borrowed bytes left as they are", () => {
    const bytes = new Uint8Array([0x12, 0x34, 0xff, 0xfe]);
    expect([...unpackSamples(bytes, layoutOf(2, 1, 16, 2, false), 1, false)]).toEqual([0x1234, -2]);
    expect([...bytes]).toEqual([0x12, 0x34, 0xff, 0xfe]);
    // Bytes at odd places of a larger read.
    const odd = new Uint8Array([0, ...bytes]).subarray(1);
    expect([...unpackSamples(odd, layoutOf(2, 1, 16, 1), 1, false)]).toEqual([0x3412, 0xfeff]);
  });

  test("24-bit floats: signs, zeros, subnormals, infinities", () => {
    const cases: readonly [bytes: readonly number[], value: number][] = [
      [[0x3f, 0x00, 0x00], 1],
      [[0xc0, 0x80, 0x00], -3],
      [[0x00, 0x00, 0x00], 0],
      [[0x00, 0x00, 0x01], 2 ** -78],
      [[0x7f, 0x00, 0x00], Number.POSITIVE_INFINITY],
      [[0x7f, 0x00, 0x01], Number.NaN],
    ];
    for (const [bytes, value] of cases) {
      expect(unpackSamples(new Uint8Array(bytes), layoutOf(1, 1, 24, 3, false), 1, false)[0]).toBe(value);
      const reversed = new Uint8Array(bytes).reverse();
      expect(unpackSamples(reversed, layoutOf(1, 1, 24, 3), 1, false)[0]).toBe(value);
    }
  });

  test("reverseBits is its own inverse and turns the highest bit into the lowest", () => {
    expect([...reverseBits(new Uint8Array([0x80, 0x01, 0x0f]))]).toEqual([0x01, 0x80, 0xf0]);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(reverseBits(reverseBits(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe("predictors", () => {
  const image = fc.record({
    rows: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 1, max: 9 }),
    samples: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
  });

  test("2: undoes differences of every width, sample by sample", () => {
    fc.assert(
      fc.property(image, fc.constantFrom(8, 16, 32, 64), ({ rows, width, samples, seed }, bits) => {
        const layout = layoutOf(width, samples, bits, 1);
        const length = rows * width * samples;
        const values = Array.from({ length }, (_, i) => BigInt.asUintN(bits, BigInt(seed * (i + 1)) ** 3n));
        const differences = values.map((value, i) =>
          Math.floor(i / samples) % width === 0 ? value : BigInt.asUintN(bits, value - values[i - samples]!),
        );
        const data = viewOf(layout.dtype, new ArrayBuffer((length * bits) / 8), 0, length);
        const set = (i: number, value: bigint): void => {
          (data as BigUint64Array)[i] = bits === 64 ? value : (Number(value) as unknown as bigint);
        };
        differences.forEach((value, i) => {
          set(i, value);
        });
        undoHorizontal(data, layout, rows);
        expect([...data].map(BigInt)).toEqual(values);
      }),
    );
  });

  test("3: undoes the split and differenced bytes of floats", () => {
    fc.assert(
      fc.property(image, fc.constantFrom(16, 32, 64), ({ rows, width, samples, seed }, bits) => {
        const layout = layoutOf(width, samples, bits, 3);
        const perRow = width * samples;
        const size = bits / 8;
        const data = viewOf(
          layout.dtype,
          new ArrayBuffer(rows * perRow * size),
          0,
          rows * perRow,
        ) as Float64Array;
        for (let i = 0; i < data.length; i++) data[i] = Math.sin(i + seed) * 1000;
        const bytes = bytesOf(data as TypedArray);
        const encoded = new Uint8Array(bytes.length);
        for (let row = 0; row < rows; row++) {
          const at = row * perRow * size;
          for (let i = 0; i < perRow; i++) {
            for (let b = 0; b < size; b++)
              encoded[at + (size - 1 - b) * perRow + i] = bytes[at + i * size + b]!;
          }
          for (let i = perRow * size - 1; i >= samples; i--) encoded[at + i]! -= encoded[at + i - samples]!;
        }
        expect(undoFloatingPoint(encoded, layout, rows)).toEqual(bytes);
      }),
    );
  });
});
