import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { DTYPES, type DType } from "../../shared/block/dtype.ts";
import { rescaleIntensityKernel } from "../../shared/kernels/rescale-intensity.ts";
import { countMismatches, goldenBlock, goldenCases } from "../support/golden.ts";
import { blocks, expectReference, resolveArgs, runKernel } from "../support/kernels.ts";

describe("golden values of skimage.exposure.rescale_intensity", () => {
  for (const golden of goldenCases("rescale_intensity")) {
    test(golden.id, () => {
      const { in_range: inRange, out_range: outRange } = golden.params;
      const got = runKernel(rescaleIntensityKernel, { inRange, outRange }, [goldenBlock(golden.inputs[0]!)]);
      const expected = goldenBlock(golden.expected);
      expect(got.dtype).toBe(expected.dtype);
      expect(countMismatches(got, expected, golden.dtype === "uint8" ? 0 : golden.atol, golden.rtol)).toBe(0);
    });
  }
});

const range = fc.oneof(
  fc.constantFrom<"image" | "dtype" | DType | "uint12">(
    "image",
    "dtype",
    "uint8",
    "uint12",
    "int16",
    "float32",
    "bool",
    "uint64",
  ),
  fc.tuple(fc.double({ min: -500, max: 500, noNaN: true }), fc.double({ min: -500, max: 500, noNaN: true })),
  fc.constantFrom<[number, number]>([0, 1], [7, 7], [10, 5]),
);

describe("the WASM kernel equals the reference bit for bit", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(blocks(dtype), range, range, (block, inRange, outRange) => {
          expectReference(rescaleIntensityKernel, { inRange, outRange }, [block]);
        }),
        { numRuns: 120 },
      );
    });
  }
});

describe("scikit-image's documented examples", () => {
  const block = (dtype: DType, list: number[]): Block => {
    const result = newBlock(dtype, [list.length]);
    for (const [i, x] of list.entries()) result.data[i] = x;
    return result;
  };
  test.each<[DType, number[], object, DType, number[]]>([
    ["uint8", [51, 102, 153], {}, "uint8", [0, 127, 255]],
    ["float64", [51, 102, 153], {}, "float64", [0, 0.5, 1]],
    ["float64", [51, 102, 153], { inRange: [0, 255] }, "float64", [0.2, 0.4, 0.6]],
    ["float64", [51, 102, 153], { inRange: [0, 102] }, "float64", [0.5, 1, 1]],
    ["int8", [-10, 0, 10], { outRange: [0, 127] }, "float64", [0, 63.5, 127]],
    ["int32", [130, 130, 130], { outRange: [0, 127] }, "float64", [127, 127, 127]],
    ["float16", [0, 1, 2], { outRange: [0, 1] }, "float32", [0, 0.5, 1]],
    ["int16", [-100, 100], {}, "int16", [-32768, 32767]],
    ["int16", [0, 100], {}, "int16", [0, 32767]],
    ["uint16", [0, 4095], { inRange: "uint12", outRange: "uint8" }, "uint8", [0, 255]],
  ])("%s %j with %j", (dtype, input, args, outDType, expected) => {
    const got = runKernel(rescaleIntensityKernel, args, [block(dtype, input)]);
    expect(got.dtype).toBe(outDType);
    expect([...got.data]).toEqual(expected);
  });

  test("a NaN stays one, and spoils the image's own range", () => {
    const input = block("float32", [0, Number.NaN, 4]);
    expect([...runKernel(rescaleIntensityKernel, { inRange: [0, 4] }, [input]).data]).toEqual([
      0,
      Number.NaN,
      1,
    ]);
    expect([...runKernel(rescaleIntensityKernel, {}, [input]).data]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

test("with a given range it is pointwise, without one it depends on the block", () => {
  const input = newBlock("uint16", [3]);
  const extent = (args: object) =>
    rescaleIntensityKernel.extent(resolveArgs(rescaleIntensityKernel, args, [input]), 1, ["float32"]).kind;
  expect(extent({})).toBe("wholeBlock");
  expect(extent({ inRange: [0, 1], outRange: "image" })).toBe("wholeBlock");
  expect(extent({ inRange: "dtype" })).toBe("pointwise");
  expect(extent({ inRange: [0, 1], outRange: [0, 1] })).toBe("pointwise");
});

test.each([[{ inRange: "uint9" }], [{ outRange: [1] }], [{ outRange: [0, Number.NaN] }]])(
  "%j is refused",
  (args) => {
    expect(() => resolveArgs(rescaleIntensityKernel, args, [newBlock("uint8", [3])])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS" }),
    );
  },
);
