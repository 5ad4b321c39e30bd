import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../shared/block/block.ts";
import { MASK_DTYPES } from "../../shared/kernels/label.ts";
import { removeSmallObjectsKernel } from "../../shared/kernels/remove-small-objects.ts";
import { goldenBlock, goldenCases } from "../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  resolveArgs,
  runKernel,
  shapes,
} from "../support/kernels.ts";

describe("golden values of skimage.morphology.remove_small_objects", () => {
  for (const golden of goldenCases("remove_small_objects")) {
    test(golden.id, () => {
      const { max_size: maxSize, connectivity } = golden.params;
      const input = goldenBlock(golden.inputs[0]!);
      const expected = goldenBlock(golden.expected);
      expectSame(runKernel(removeSmallObjectsKernel, { maxSize, connectivity }, [input]), expected);
      const minSize = Number(maxSize) + 1;
      expectSame(runKernel(removeSmallObjectsKernel, { minSize, connectivity }, [input]), expected);
    });
  }
});

describe("the WASM kernel equals the reference", () => {
  for (const dtype of MASK_DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(1500)),
          fc.nat(40),
          fc.integer({ min: 1, max: 3 }),
          (block, minSize, most) => {
            const connectivity = Math.max(1, Math.min(most, block.shape.length));
            expectReference(removeSmallObjectsKernel, { minSize, connectivity }, [block]);
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  test("more labels than the table holds", () => {
    const labels = newBlock("uint32", [600, 1000]);
    const data = labels.data as Uint32Array;
    for (let i = 0; i < data.length; i++) data[i] = Math.imul(i % 450_000, 2654435761) >>> 0;
    expectReference(removeSmallObjectsKernel, { minSize: 2 }, [labels]);
    expectReference(removeSmallObjectsKernel, { minSize: 3 }, [labels]);
  });
});

test("objects of a mask end with their time point", () => {
  const mask = newBlock("bool", [2, 1, 3]);
  (mask.data as Uint8Array).set([1, 1, 0, 1, 1, 1]);
  expect([...runKernel(removeSmallObjectsKernel, { minSize: 3 }, [mask], imageAxes("tyx")).data]).toEqual([
    0, 0, 0, 1, 1, 1,
  ]);
});

test.each([[{}], [{ minSize: 3, maxSize: 2 }], [{ minSize: -1 }], [{ maxSize: 1.5 }]])(
  "%j is refused",
  (args) => {
    expect(() => resolveArgs(removeSmallObjectsKernel, args, [newBlock("bool", [3])])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS" }),
    );
  },
);
