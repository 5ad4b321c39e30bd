import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import { WINDOW_MODES } from "../../../shared/kernels/rank/edge.ts";
import { maximumKernel, minimumKernel } from "../../../shared/kernels/rank/extremes.ts";
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

const PAIRS = [
  ["minimum_filter", minimumKernel],
  ["maximum_filter", maximumKernel],
] as const;

describe.each(PAIRS)("golden values of scipy.ndimage.%s", (op, kernel) => {
  for (const golden of goldenCases(op)) {
    test(golden.id, () => {
      const { size, mode } = golden.params;
      expectSame(
        runKernel(kernel, { size, mode }, [goldenBlock(golden.inputs[0]!)]),
        goldenBlock(golden.expected),
      );
    });
  }
});

const edges = { mode: fc.constantFrom(...WINDOW_MODES), cval: fc.constantFrom(0, 7.5, -3) };
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 3 }),
  fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
);
const footprints = fc.constantFrom<unknown>(
  "disk(2)",
  { diamond: 1 },
  [0, 0, 1],
  [[1, 0, 0]],
  [
    [0, 1, 1],
    [1, 0, 1],
  ],
  [1, 1, 0, 1],
  { square: 2 },
  "disk(0)",
);

describe("the WASM kernels equal the reference bit for bit", () => {
  for (const dtype of DTYPES) {
    test(`${dtype}, boxes`, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(400)),
          fc.record({ size: sizes, ...edges }),
          fc.boolean(),
          (block, args, most) => {
            const size = Array.isArray(args.size) ? args.size.slice(0, block.shape.length) : args.size;
            expectReference(most ? maximumKernel : minimumKernel, { ...args, size }, [block]);
          },
        ),
        { numRuns: 40 },
      );
    });

    test(`${dtype}, footprints`, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(400, 2)),
          fc.record({ footprint: footprints, origin: fc.constantFrom(0, 0, { "-1": -1 }), ...edges }),
          fc.boolean(),
          (block, args, most) => {
            const origin = args.footprint === "disk(0)" ? 0 : args.origin;
            expectReference(most ? maximumKernel : minimumKernel, { ...args, origin }, [block]);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  test("long axes and windows", () => {
    for (const [shape, size] of [
      [
        [3, 3000],
        [1, 131],
      ],
      [
        [3000, 3],
        [64, 2],
      ],
      [
        [40, 1500],
        [33, 1],
      ],
      [
        [200, 130],
        [7, 2],
      ],
    ] as const) {
      const block = newBlock("uint16", shape);
      for (let i = 0; i < block.data.length; i++) block.data[i] = Math.imul(i, 2654435761) >>> 16;
      expectReference(minimumKernel, { size }, [block]);
      expectReference(maximumKernel, { size, mode: "mirror" }, [block]);
    }
  });
});

describe("arguments", () => {
  const volume = newBlock("uint8", [1, 2, 3, 4, 5]);

  test("a size, or a footprint of few axes, is of space", () => {
    const axes = imageAxes("tczyx");
    expect(resolveArgs(minimumKernel, { size: 3 }, [volume], axes)).toMatchObject({
      window: { shape: [1, 1, 3, 3, 3], before: [0, 0, 1, 1, 1] },
    });
    expect(resolveArgs(minimumKernel, { footprint: [[1, 1]] }, [volume], imageAxes("zyxct"))).toMatchObject({
      window: { shape: [1, 1, 2, 1, 1], before: [0, 0, 1, 0, 0] },
    });
  });

  test("the reach follows the window and its origin", () => {
    const args = resolveArgs(maximumKernel, { size: [4, 5], origin: [1, -2] }, [newBlock("uint8", [9, 9])]);
    expect(maximumKernel.extent(args, 2, ["uint8"])).toEqual({
      kind: "reach",
      reach: [
        [3, 0],
        [0, 4],
      ],
    });
  });

  test.each([
    [{}, "either size or footprint"],
    [{ size: 3, footprint: "disk(1)" }, "either size or footprint"],
    [{ size: 0 }, "size"],
    [{ footprint: "dosk(1)" }, "dosk"],
    [{ footprint: { disk: -1 } }, "disk(-1)"],
    [{ footprint: [[0, 0]] }, "no element"],
    [{ footprint: [[0, 1], [1]] }, "is not a footprint"],
    [{ footprint: [[0, 2]] }, "is not a footprint"],
    [{ footprint: [[[[[[1]]]]]] }, "6 axes"],
    [{ size: 3, origin: 2 }, "origin 2"],
  ])("%j is refused", (args, text) => {
    expect(() => resolveArgs(minimumKernel, args, [volume])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
    );
  });
});
