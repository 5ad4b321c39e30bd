import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import * as grey from "../../../shared/kernels/morphology/grey.ts";
import { goldenBlock, goldenCases } from "../../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  resolveArgs,
  runKernel,
  shapes,
} from "../../support/kernels.ts";

const SKIMAGE = {
  grey_erosion: grey.erosionKernel,
  grey_dilation: grey.dilationKernel,
  grey_opening: grey.openingKernel,
  grey_closing: grey.closingKernel,
  white_tophat: grey.whiteTophatKernel,
  black_tophat: grey.blackTophatKernel,
};
const SCIPY = {
  grey_erosion: grey.greyErosionKernel,
  grey_dilation: grey.greyDilationKernel,
  grey_opening: grey.greyOpeningKernel,
  grey_closing: grey.greyClosingKernel,
};

describe.each(Object.keys(SCIPY) as (keyof typeof SCIPY)[])("golden values of %s", (op) => {
  for (const golden of goldenCases(op)) {
    test(golden.id, () => {
      const { lib, ...params } = golden.params;
      const kernel = lib === "skimage" ? SKIMAGE[op] : SCIPY[op];
      const got = runKernel(kernel, params, [goldenBlock(golden.inputs[0]!)]);
      expectSame(got, goldenBlock(golden.expected));
    });
  }
});

const footprint = fc.constantFrom<unknown>(
  undefined,
  "diamond(2)",
  [
    [0, 1],
    [1, 1],
  ],
  [[1, 1, 1, 1]],
  [[1], [0], [0]],
);

describe("the WASM kernels equal the reference bit for bit", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(300, 2)),
          footprint,
          fc.constantFrom("reflect", "constant", "nearest", "mirror", "wrap", "max", "min", "ignore"),
          fc.constantFrom(...Object.values(SKIMAGE)),
          (block, chosen, mode, kernel) => {
            const args = { mode, cval: 3, ...(chosen === undefined ? {} : { footprint: chosen }) };
            expectReference(kernel, args, [block]);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  test("without axes", () => {
    for (const kernel of Object.values(SKIMAGE)) expectReference(kernel, {}, [newBlock("int16", [])]);
  });
});

test("even and asymmetric footprints lie as in scikit-image and in scipy", () => {
  const block = newBlock("uint8", [12]);
  (block.data as Uint8Array).set([5, 8, 1, 7, 0, 9, 9, 3, 6, 2, 4, 8]);
  const asymmetric = [0, 0, 1, 0, 1, 1];
  const of = (kernel: Kernel, args: object) => [...runKernel(kernel, args, [block]).data];
  expect(of(grey.erosionKernel, { footprint: [1, 1, 1, 1] })).toEqual([1, 1, 0, 0, 0, 0, 3, 2, 2, 2, 2, 4]);
  expect(of(grey.erosionKernel, { footprint: asymmetric })).toEqual([1, 0, 0, 7, 0, 3, 2, 2, 4, 2, 4, 2]);
  expect(of(grey.dilationKernel, { footprint: asymmetric })).toEqual([7, 8, 9, 9, 9, 9, 9, 4, 8, 8, 8, 8]);
  const ignored = { footprint: asymmetric, mode: "ignore" };
  expect(of(grey.dilationKernel, ignored)).toEqual([7, 8, 9, 9, 9, 9, 9, 4, 8, 8, 4, 8]);
  expect(of(grey.openingKernel, ignored)).toEqual([1, 0, 1, 7, 0, 7, 7, 3, 4, 2, 4, 8]);
  expect(of(grey.closingKernel, ignored)).toEqual([7, 8, 7, 7, 8, 9, 9, 4, 8, 4, 4, 8]);
  expect(of(grey.whiteTophatKernel, ignored)).toEqual([4, 8, 0, 0, 0, 2, 2, 0, 2, 0, 0, 0]);
  // The closing is less than the input here, and the difference wraps.
  const reflected = of(grey.blackTophatKernel, { footprint: asymmetric });
  expect(reflected).toEqual([2, 255, 6, 0, 8, 0, 0, 1, 2, 2, 0, 0]);
  expect(of(grey.greyErosionKernel, { size: 4 })).toEqual([5, 1, 1, 0, 0, 0, 0, 3, 2, 2, 2, 2]);
  expect(of(grey.greyErosionKernel, { size: 4, origin: 1 })).toEqual([1, 5, 1, 1, 0, 0, 0, 0, 3, 2, 2, 2]);
  expect(of(grey.greyOpeningKernel, { size: 4 })).toEqual([5, 5, 1, 1, 0, 3, 3, 3, 3, 2, 2, 2]);
  const constant = { footprint: asymmetric, mode: "constant", cval: 5 };
  expect(of(grey.greyDilationKernel, constant)).toEqual([8, 5, 8, 8, 9, 9, 9, 9, 9, 6, 8, 5]);
  expect(of(grey.greyClosingKernel, constant)).toEqual([5, 8, 5, 8, 8, 9, 9, 6, 6, 5, 5, 5]);
  const shifted = { footprint: asymmetric, mode: "nearest", origin: -1 };
  expect(of(grey.greyDilationKernel, shifted)).toEqual([5, 8, 5, 8, 8, 9, 9, 9, 9, 9, 6, 8]);
  expect(of(grey.greyClosingKernel, shifted)).toEqual([5, 8, 5, 8, 8, 9, 9, 6, 6, 8, 6, 8]);
});

test("the default is the face neighbours in space, and the reach is that of both steps", () => {
  const block = newBlock("uint8", [1, 2, 5, 5]);
  const args = resolveArgs(grey.openingKernel, {}, [block], imageAxes("tzyx"));
  expect(args).toMatchObject({ window: { shape: [1, 3, 3, 3], before: [0, 1, 1, 1] }, mode: "reflect" });
  expect(grey.openingKernel.extent(args, 4, ["uint8"])).toEqual({
    kind: "reach",
    reach: [
      [0, 0],
      [2, 2],
      [2, 2],
      [2, 2],
    ],
  });
});

test("scipy's need a size or a footprint, and know no mode ignore", () => {
  const block = newBlock("uint8", [4]);
  expect(() => resolveArgs(grey.greyErosionKernel, {}, [block])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS" }),
  );
  expect(() => resolveArgs(grey.greyErosionKernel, { size: 3, mode: "ignore" }, [block])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS" }),
  );
});
