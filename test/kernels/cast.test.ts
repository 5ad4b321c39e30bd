import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { bytesOf, DTYPES, type DType } from "../../shared/block/dtype.ts";
import { castBlock, castReference } from "../../shared/kernels/cast.ts";
import { blocks, expectSame, testHeap } from "../support/kernels.ts";

function cast(block: Block, dtype: DType): Block {
  const heap = testHeap();
  const input = heap.copyIn(block);
  const output = castBlock(heap, input, dtype);
  const copy = newBlock(dtype, output.shape);
  bytesOf(copy.data).set(bytesOf(output.data));
  heap.free(input);
  heap.free(output);
  expect(heap.live).toBe(0);
  return copy;
}

function values(dtype: DType, ...list: (number | bigint)[]): Block {
  const block = newBlock(dtype, [list.length]);
  for (const [i, value] of list.entries()) (block.data as { [i: number]: number | bigint })[i] = value;
  return block;
}

describe("casts equal the reference", () => {
  for (const from of DTYPES) {
    test(`from ${from} to every dtype`, () => {
      for (const to of DTYPES) {
        fc.assert(
          fc.property(blocks(from), (block) => expectSame(cast(block, to), castReference(block, to))),
          { numRuns: 25 },
        );
      }
    });
  }
});

describe("the rules, by hand", () => {
  test.each<[DType, DType, (number | bigint)[], (number | bigint)[]]>([
    [
      "float32",
      "uint8",
      [-1, 0.9, 254.99, 255.5, 300, Number.NaN, Infinity, -Infinity],
      [0, 0, 254, 255, 255, 0, 255, 0],
    ],
    ["float64", "int16", [-1.9, 1.9, 40000, -40000, Number.NaN], [-1, 1, 32767, -32768, 0]],
    ["float64", "uint64", [1e20, -1, 2 ** 63], [2n ** 64n - 1n, 0n, 2n ** 63n]],
    ["float32", "int64", [Infinity, -Infinity, Number.NaN], [2n ** 63n - 1n, -(2n ** 63n), 0n]],
    ["int32", "uint8", [256, -1, 511], [0, 255, 255]],
    ["uint64", "int8", [255n, 128n, 2n ** 64n - 1n], [-1, -128, -1]],
    ["float64", "bool", [0, -0, 1e-300, Number.NaN], [0, 0, 1, 1]],
    ["uint16", "bool", [0, 256, 65535], [0, 1, 1]],
    ["int64", "float64", [2n ** 53n + 1n, 2n ** 53n + 3n], [2 ** 53, 2 ** 53 + 4]],
    // 2^24 + 1 + 2^-30 as 64-bit integers scaled: through float64 it would round twice.
    ["int64", "float32", [(2n ** 24n + 1n) * 2n ** 34n + 1n], [(2 ** 24 + 2) * 2 ** 34]],
    [
      "float64",
      "float16",
      [65519.999, 65520, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0001, 2049, 2051],
      [65504, Infinity, 2 ** -24, 0, 2 ** -24, 2048, 2052],
    ],
    // Halfway in float32 after a first rounding, below it in truth.
    ["float64", "float16", [1 + 2 ** -11 - 2 ** -40, 1 + 2 ** -11 + 2 ** -40], [1, 1 + 2 ** -10]],
    ["int32", "float16", [2 ** 31 - 1, -65519, 2049], [Infinity, -65504, 2048]],
  ])("%s to %s", (from, to, input, expected) => {
    const block = values(from, ...input);
    expectSame(cast(block, to), values(to, ...expected));
    expectSame(castReference(block, to), values(to, ...expected));
  });

  test("every float16 widens exactly, and every float32 midpoint rounds to even", () => {
    const halves: Block = {
      dtype: "float16",
      shape: [65536],
      data: new Float16Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer),
    };
    expectSame(cast(halves, "float32"), castReference(halves, "float32"));
    expectSame(cast(halves, "float64"), castReference(halves, "float64"));
    const between = newBlock("float32", [4 * 31743]);
    for (let i = 0; i < 31743; i++) {
      const [low, high] = [halves.data[i] as number, halves.data[i + 1] as number];
      const middle = (low + high) / 2;
      for (const [k, value] of [middle, middle * (1 - 2 ** -23), middle * (1 + 2 ** -23), -middle].entries())
        between.data[4 * i + k] = value;
    }
    expectSame(cast(between, "float16"), castReference(between, "float16"));
  });

  test("NaN becomes the one canonical NaN", () => {
    const odd: Block = {
      dtype: "float32",
      shape: [5],
      data: new Float32Array(new Uint32Array(5).fill(0xffc12345).buffer),
    };
    expect(new BigUint64Array(cast(odd, "float64").data.buffer)[4]).toBe(0x7ff8000000000000n);
    expect(new Uint16Array(cast(odd, "float16").data.buffer)[4]).toBe(0x7e00);
  });
});
