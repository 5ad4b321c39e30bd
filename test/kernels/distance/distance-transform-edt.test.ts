import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import { distancePassKernel } from "../../../shared/kernels/distance/distance-pass.ts";
import { distanceTransformEdtKernel } from "../../../shared/kernels/distance/distance-transform-edt.ts";
import { countMismatches, goldenBlock, goldenCases } from "../../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  plainAxes,
  resolveArgs,
  runKernel,
  shapes,
} from "../../support/kernels.ts";
import { randomMask } from "../../support/lazy.ts";

describe("golden values of scipy.ndimage.distance_transform_edt", () => {
  for (const golden of goldenCases("distance_transform_edt")) {
    test(golden.id, () => {
      const expected = goldenBlock(golden.expected);
      const got = runKernel(distanceTransformEdtKernel, {}, [goldenBlock(golden.inputs[0]!)]);
      expect([got.dtype, got.shape]).toEqual([expected.dtype, expected.shape]);
      expect(countMismatches(got, expected, golden.atol, golden.rtol)).toBe(0);
    });
  }
});

// Multiples of powers of two: sums of squares are exact, so the order of the passes can't show.
const sampling = fc.constantFrom<unknown>(1, 2, 0.5, [3], [0.25, 1]);

describe("the WASM kernels equal their definition", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(blocks(dtype, shapes(300)), sampling, (block, given) => {
          const args = Array.isArray(given) && given.length > block.shape.length ? {} : { sampling: given };
          expectReference(distanceTransformEdtKernel, args, [block]);
          for (let axis = 0; axis < block.shape.length; axis++)
            expectReference(distancePassKernel, { axis, first: true, sampling: 2 }, [block]);
        }),
        { numRuns: 25 },
      );
    });
  }

  test("few zeros, and far away", () => {
    for (let seed = 0; seed < 6; seed++) {
      expectReference(distanceTransformEdtKernel, {}, [randomMask([5, 40, 37], 0.998, seed)]);
      expectReference(distanceTransformEdtKernel, { sampling: 4 }, [randomMask([3, 400], 0.99, seed)]);
    }
  });
});

test("scipy's values with a sampling", () => {
  const block = newBlock("uint8", [4, 5]);
  block.data.fill(1 as never);
  block.data[4] = block.data[11] = 0;
  const got = runKernel(distanceTransformEdtKernel, { sampling: [0.3, 1.7] }, [block]);
  const expected = [
    1.8027756377, 0.6, 1.8027756377, 1.7, 0, 1.7262676502, 0.3, 1.7262676502, 1.7262676502, 0.3, 1.7, 0, 1.7,
    1.8027756377, 0.6, 1.7262676502, 0.3, 1.7262676502, 1.9235384062, 0.9,
  ];
  for (const [i, value] of expected.entries()) expect(got.data[i]).toBeCloseTo(value, 9);
});

test("passes one after the other, in any order, are the transform; time and channels stay apart", () => {
  const mask = randomMask([2, 3, 20, 23], 0.97, 5);
  const whole = runKernel(distanceTransformEdtKernel, {}, [mask], imageAxes("czyx"));
  for (const order of [
    [3, 2, 1],
    [1, 3, 2],
  ]) {
    let block: Block = mask;
    for (const [i, axis] of order.entries())
      block = runKernel(distancePassKernel, { axis, first: i === 0, last: i === 2 }, [block]);
    expectSame(block, whole);
  }
  const args = resolveArgs(distanceTransformEdtKernel, {}, [mask], imageAxes("czyx"));
  expect(distanceTransformEdtKernel.extent(args, 4, ["bool"])).toMatchObject({
    axes: [false, true, true, true],
  });
});

test("without a 0 there is no distance; without spatial axes elements are alone", () => {
  const ones = newBlock("uint8", [2, 2]);
  ones.data.fill(1 as never);
  expect([...runKernel(distanceTransformEdtKernel, {}, [ones]).data]).toEqual(new Array(4).fill(Infinity));
  ones.data[2] = 0;
  const alone = runKernel(distanceTransformEdtKernel, {}, [ones], imageAxes("tc"));
  expect([...alone.data]).toEqual([Infinity, Infinity, 0, Infinity]);
});

test.each([
  [distanceTransformEdtKernel, { sampling: 0 }, "sampling"],
  [distancePassKernel, { axis: 3, first: true }, '"3"'],
  [distancePassKernel, { axis: 0 }, "not uint8"],
])("bad arguments are refused: %#", (kernel, args, text) => {
  expect(() => resolveArgs(kernel, args, [newBlock("uint8", [3, 3])], plainAxes(2))).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
  );
});
