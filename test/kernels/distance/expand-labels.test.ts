import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { expandLabelsKernel } from "../../../shared/kernels/distance/expand-labels.ts";
import { MASK_DTYPES } from "../../../shared/kernels/label.ts";
import { blocks, expectReference, imageAxes, resolveArgs, runKernel, shapes } from "../../support/kernels.ts";
import { randomOf } from "../../support/sample-data.ts";

function labels(shape: readonly number[], cells: { [at: number]: number }): Block {
  const block = newBlock("uint16", shape);
  for (const [at, label] of Object.entries(cells)) block.data[Number(at)] = label;
  return block;
}

test.each([
  [1, "211000 220000 233004 030044"],
  [1.5, "211000 221000 233044 333044"],
  [2, "211100 221004 233344 333444"],
  [3, "211114 221144 233344 333444"],
])("skimage.segmentation.expand_labels, distance %d", (distance, expected) => {
  const block = labels([4, 6], { 1: 1, 6: 2, 13: 3, 23: 4 });
  const got = runKernel(expandLabelsKernel, { distance }, [block]);
  expect([...got.data].join("").match(/.{6}/g)!.join(" ")).toBe(expected);
});

test("skimage's values with a spacing", () => {
  const block = labels([4, 6], { 1: 1, 6: 2, 13: 3, 23: 4 });
  const got = runKernel(expandLabelsKernel, { distance: 1, spacing: [1, 0.5] }, [block]);
  expect([...got.data].join("")).toBe("111100222000333304030444");
});

describe("the WASM kernel equals the reference", () => {
  for (const dtype of MASK_DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(200)),
          fc.nat(),
          fc.constantFrom(0, 1, 1.5, 2.3, 6),
          fc.constantFrom(1, 0.5, 2),
          (block, seed, distance, spacing) => {
            // Mostly background, so that labels have somewhere to go.
            const random = randomOf(seed);
            for (let i = 0; i < block.data.length; i++)
              if (random() < 0.85) block.data[i] = (typeof block.data[i] === "bigint" ? 0n : 0) as never;
            expectReference(expandLabelsKernel, { distance, spacing }, [block]);
          },
        ),
        { numRuns: 30 },
      );
    });
  }
});

test("labels grow in space only, as far as they reach", () => {
  const block = labels([2, 1, 5], { 2: 7 });
  const axes = imageAxes("tyx");
  expect([...runKernel(expandLabelsKernel, { distance: 1 }, [block], axes).data].join("")).toBe("0777000000");
  const args = resolveArgs(expandLabelsKernel, { distance: 2.5, spacing: { x: 0.5 } }, [block], axes);
  expect(expandLabelsKernel.extent(args, 3, ["uint16"])).toEqual({
    kind: "reach",
    reach: [
      [0, 0],
      [2, 2],
      [5, 5],
    ],
  });
});
