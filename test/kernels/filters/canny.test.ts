import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import { cannyKernel } from "../../../shared/kernels/filters/canny.ts";
import { cannyEdgesKernel } from "../../../shared/kernels/filters/canny-edges.ts";
import { FILTER_MODES } from "../../../shared/kernels/filters/mode.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  resolveArgs,
  runKernel,
} from "../../support/kernels.ts";
import { describeGolden } from "./golden.ts";

describeGolden("canny", cannyKernel, ({ sigma, mode, low_threshold, high_threshold }) => ({
  sigma,
  mode,
  lowThreshold: low_threshold,
  highThreshold: high_threshold,
}));

const args = fc.record({
  sigma: fc.constantFrom(0, 0.8, 1.5, [0.5, 1]),
  mode: fc.constantFrom(...FILTER_MODES),
  cval: fc.constantFrom(0, 0.5),
});
const size = fc.integer({ min: 0, max: 14 });

describe("the WASM kernels equal their references", () => {
  test.each(DTYPES)("%s", (dtype) => {
    const image = blocks(dtype, fc.array(size, { minLength: 2, maxLength: 3 }));
    const thresholds = dtype.startsWith("float")
      ? fc.constantFrom({}, { lowThreshold: 0, highThreshold: 300 })
      : fc.constantFrom({}, { lowThreshold: 0 });
    fc.assert(
      fc.property(image, args, thresholds, (block, given, limits) => {
        expectReference(cannyEdgesKernel, { ...given, ...limits }, [block]);
        expectReference(cannyKernel, { ...given, ...limits }, [block]);
      }),
      { numRuns: 12 },
    );
  });

  test("with quantiles", () => {
    const quantiles = { useQuantiles: true, lowThreshold: 0.3, highThreshold: 0.75 };
    fc.assert(
      fc.property(blocks("float32", fc.array(size, { minLength: 2, maxLength: 4 })), args, (block, given) => {
        expectReference(cannyKernel, { ...given, ...quantiles }, [block]);
      }),
      { numRuns: 30 },
    );
  });

  test("planes whose axes aren't the last", () => {
    const image = blocks("uint8", fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 4, maxLength: 4 }));
    fc.assert(
      fc.property(image, fc.constantFrom("yxct", "tycx", "ytxc"), (block, names) => {
        expectReference(cannyEdgesKernel, { sigma: 0.7 }, [block], imageAxes(names));
        expectReference(cannyKernel, { sigma: 0.7 }, [block], imageAxes(names));
      }),
      { numRuns: 30 },
    );
  });
});

test("planes are detected on their own", () => {
  const volume = noise([3, 20, 31]);
  const edges = runKernel(cannyKernel, {}, [volume], imageAxes("zyx"));
  for (let z = 0; z < 3; z++) {
    const part = (block: Block): Block => ({
      ...block,
      shape: [20, 31],
      data: block.data.slice(z * 620, (z + 1) * 620),
    });
    expectSame(part(edges), runKernel(cannyKernel, {}, [part(volume)]));
  }
});

// What makes the whole-array operation right: blocks that end where the array ends, and reach beyond where it goes on.
// With mode wrap what lies beyond the array's end is at its other end, which such a block doesn't have.
test.each(FILTER_MODES.filter((mode) => mode !== "wrap"))(
  "codes of a block with its reach around it are those of the whole, mode %s",
  (mode) => {
    const image = noise([40, 50]);
    const given = { sigma: 1.2, mode, cval: 0.25, lowThreshold: 0.2, highThreshold: 0.35 };
    const whole = runKernel(cannyEdgesKernel, given, [image]);
    const args = resolveArgs(cannyEdgesKernel, given, [image]);
    const reach = [
      [7, 7],
      [7, 7],
    ];
    expect(cannyEdgesKernel.extent(args, 2, ["float32"])).toEqual({ kind: "reach", reach });
    for (const [y0, y1, x0, x1] of [
      [0, 15, 0, 20],
      [15, 40, 20, 50],
      [12, 20, 25, 33],
    ] as const) {
      const [top, left] = [Math.max(0, y0 - 7), Math.max(0, x0 - 7)];
      const [bottom, right] = [Math.min(40, y1 + 7), Math.min(50, x1 + 7)];
      const block = runKernel(cannyEdgesKernel, given, [crop(image, top, bottom, left, right)]);
      expectSame(crop(block, y0 - top, y1 - top, x0 - left, x1 - left), crop(whole, y0, y1, x0, x1));
    }
    expect(new Set(whole.data as Uint8Array)).toEqual(new Set([0, 1, 2]));
  },
);

describe("arguments", () => {
  test("thresholds are in the image's own intensities", () => {
    const given = { lowThreshold: 25.5, highThreshold: 51 };
    const image = newBlock("uint8", [5, 5]);
    expect(resolveArgs(cannyKernel, given, [image])).toMatchObject({ low: 0.1, high: 0.2 });
    expect(resolveArgs(cannyKernel, {}, [image])).toMatchObject({ low: 0.1, high: 0.2 });
  });

  test.each([
    [{ lowThreshold: 0.5, highThreshold: 0.3 }, "tyx", "lowThreshold"],
    [{ sigma: [1, 1, 1] }, "zyx", "sigma smooths along z"],
    [{ useQuantiles: true, highThreshold: 2 }, "zyx", "quantile"],
    [{ useQuantiles: true }, "yxt", "last two"],
    [{}, "tcx", "plane"],
    [{ sigma: "0.5 um" }, "zyx", "0.5 um"],
  ])("%j on %s is refused", (given, names, text) => {
    expect(() => resolveArgs(cannyKernel, given, [newBlock("float32", [3, 3, 3])], imageAxes(names))).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
    );
  });
});

function noise(shape: readonly number[]): Block {
  const block = newBlock("float32", shape);
  for (let i = 0; i < block.data.length; i++) block.data[i] = (Math.imul(i, 2654435761) >>> 9) / 2 ** 23;
  return block;
}

function crop(block: Block, y0: number, y1: number, x0: number, x1: number): Block {
  const out = newBlock(block.dtype, [y1 - y0, x1 - x0]);
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      out.data[(y - y0) * (x1 - x0) + x - x0] = block.data[y * block.shape[1]! + x] as number;
    }
  }
  return out;
}
