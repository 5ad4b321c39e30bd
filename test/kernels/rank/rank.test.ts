import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { DTYPES, type DType } from "../../../shared/block/dtype.ts";
import { WINDOW_MODES } from "../../../shared/kernels/rank/edge.ts";
import { medianKernel, percentileKernel, rankFilterKernel } from "../../../shared/kernels/rank/rank.ts";
import { goldenBlock, goldenCases } from "../../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  resolveArgs,
  runKernel,
  shapes,
} from "../../support/kernels.ts";
import { randomBlock } from "../../support/lazy.ts";

describe.each([
  ["median_filter", medianKernel],
  ["percentile_filter", percentileKernel],
] as const)("golden values of scipy.ndimage.%s", (op, kernel) => {
  for (const golden of goldenCases(op)) {
    test(golden.id, () => {
      const got = runKernel(kernel, golden.params, [goldenBlock(golden.inputs[0]!)]);
      expectSame(got, goldenBlock(golden.expected));
    });
  }
});

const window = fc.constantFrom<object>(
  { size: 3 },
  { size: [3, 3] },
  { size: [5] },
  { size: [2, 3] },
  { footprint: "disk(2)" },
  { footprint: [1, 0, 1, 1] },
  { size: [1, 9] },
);
const edges = { mode: fc.constantFrom(...WINDOW_MODES), cval: fc.constantFrom(0, 7.5, -3) };

describe("the WASM kernels equal the reference bit for bit", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(300, 2)),
          window,
          fc.record({ percentile: fc.constantFrom(0, 10, 33.3, 50, -25, 100), ...edges }),
          (block, element, args) => {
            expectReference(percentileKernel, { ...element, ...args }, [block]);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  test.each<[DType, object]>([
    ["uint8", { size: [15, 17] }],
    ["uint8", { size: [16, 17] }],
    ["bool", { size: [16, 17] }],
    ["int8", { size: [17, 17], mode: "constant", cval: -300 }],
    ["uint16", { size: [15, 15] }],
    ["int16", { size: [11, 12] }],
    ["uint32", { size: [17, 17] }],
    ["float32", { size: [17, 17] }],
    ["float64", { size: [17, 17] }],
    ["uint64", { size: [17, 16] }],
    ["float16", { size: [16, 16], mode: "constant", cval: 1e-5 }],
  ])("large windows: %s %j", (dtype, args) => {
    const block = randomBlock(dtype, [9, 21], 7);
    expectReference(medianKernel, args, [block]);
    expectReference(rankFilterKernel, { ...args, rank: 3 }, [block]);
  });

  test("long rows, and none", () => {
    for (const shape of [[2, 3, 700], [2, 700], [3, 64], [40, 1], [0, 5], []]) {
      expectReference(medianKernel, { size: 3 }, [randomBlock("uint16", shape, 3)]);
    }
  });
});

test("short axes after the window", () => {
  for (const mode of WINDOW_MODES) {
    expectReference(medianKernel, { size: [3, 3, 1], mode, cval: 9 }, [randomBlock("uint8", [7, 40, 3], 5)]);
    expectReference(medianKernel, { footprint: [[[1]], [[0]], [[1]], [[1]]], mode }, [
      randomBlock("float32", [6, 5, 4], 6),
    ]);
    const shifted = { size: [1, 4, 1, 1], origin: { 1: -2 }, mode };
    expectReference(percentileKernel, { ...shifted, percentile: 40 }, [
      randomBlock("int16", [2, 9, 3, 2], 7),
    ]);
  }
});

test("scipy's rank of a percentile, and ranks from the end", () => {
  const block = newBlock("uint8", [9]);
  const rankOf = (args: object) => resolveArgs(percentileKernel, { size: 9, ...args }, [block])["rank"];
  expect([0, 25, 50, 99.9, 100, -1, -100].map((percentile) => rankOf({ percentile }))).toEqual([
    0, 2, 4, 8, 8, 8, 0,
  ]);
  expect(resolveArgs(rankFilterKernel, { size: 9, rank: -2 }, [block])["rank"]).toBe(7);
  expect(resolveArgs(medianKernel, { size: 4 }, [block])["rank"]).toBe(2);
});

test.each([
  [{ size: 3 }, percentileKernel, "percentile"],
  [{ size: 3, percentile: 101 }, percentileKernel, "percentile"],
  [{ size: 3, rank: 9 }, rankFilterKernel, "rank 9"],
  [{}, medianKernel, "either size or footprint"],
])("%j is refused", (args, kernel, text) => {
  expect(() => resolveArgs(kernel, args, [newBlock("uint8", [4, 4])])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
  );
});
