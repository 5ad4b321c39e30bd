import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { MASK_DTYPES } from "../../../shared/kernels/label.ts";
import { fillHolesKernel, removeSmallHolesKernel } from "../../../shared/kernels/morphology/holes.ts";
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
import { randomMask } from "../../support/lazy.ts";

describe("golden values", () => {
  for (const golden of goldenCases("binary_fill_holes")) {
    test(golden.id, () => {
      expectSame(
        runKernel(fillHolesKernel, {}, [goldenBlock(golden.inputs[0]!)]),
        goldenBlock(golden.expected),
      );
    });
  }
  for (const golden of goldenCases("remove_small_holes")) {
    test(golden.id, () => {
      const { max_size: maxSize, connectivity } = golden.params;
      const input = [goldenBlock(golden.inputs[0]!)];
      expectSame(
        runKernel(removeSmallHolesKernel, { maxSize, connectivity }, input),
        goldenBlock(golden.expected),
      );
    });
  }
});

describe("the WASM kernels equal the reference", () => {
  for (const dtype of MASK_DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(600)),
          fc.integer({ min: 1, max: 3 }),
          fc.nat(9),
          (block, most, maxSize) => {
            const connectivity = Math.max(1, Math.min(most, block.shape.length));
            expectReference(fillHolesKernel, { connectivity }, [block]);
            expectReference(removeSmallHolesKernel, { connectivity, maxSize }, [block]);
          },
        ),
        { numRuns: 30 },
      );
    });
  }

  test("dense masks", () => {
    for (let seed = 0; seed < 8; seed++) {
      const mask = randomMask([3, 20, 30], 0.6, seed);
      expectReference(fillHolesKernel, {}, [mask]);
      expectReference(fillHolesKernel, {}, [mask], imageAxes("cyx"));
      expectReference(removeSmallHolesKernel, { areaThreshold: 3 }, [mask], imageAxes("tyx"));
    }
  });
});

test("a single plane of a stack is filled as a plane", () => {
  const mask = newBlock("bool", [1, 3, 3]);
  (mask.data as Uint8Array).set([1, 1, 1, 1, 0, 1, 1, 1, 1]);
  expect([...runKernel(fillHolesKernel, {}, [mask], imageAxes("zyx")).data]).toEqual(new Array(9).fill(1));
});

test.each([
  [[5, 1], "yx"],
  [[1, 5, 1], "zyx"],
  [[1, 1], "yx"],
  [[], ""],
])("what has no plane has no holes: %j", (shape, axes) => {
  const mask = newBlock("bool", shape);
  const values = mask.data.length === 1 ? [0] : [1, 0, 0, 1, 0];
  (mask.data as Uint8Array).set(values);
  expect([...runKernel(fillHolesKernel, {}, [mask], imageAxes(axes)).data]).toEqual(values);
});

test.each([[{}], [{ maxSize: 3, areaThreshold: 2 }], [{ maxSize: -1 }]])("%j is refused", (args) => {
  expect(() => resolveArgs(removeSmallHolesKernel, args, [newBlock("bool", [3])])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS" }),
  );
});
