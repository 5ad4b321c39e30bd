import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import { gaussianGradientMagnitudeKernel } from "../../../shared/kernels/filters/gaussian-gradient-magnitude.ts";
import { gaussianLaplaceKernel } from "../../../shared/kernels/filters/gaussian-laplace.ts";
import { laplaceKernel } from "../../../shared/kernels/filters/laplace.ts";
import { FILTER_MODES } from "../../../shared/kernels/filters/mode.ts";
import { prewittKernel } from "../../../shared/kernels/filters/prewitt.ts";
import { sobelKernel } from "../../../shared/kernels/filters/sobel.ts";
import { thresholdLocalKernel } from "../../../shared/kernels/filters/threshold-local.ts";
import { uniformKernel } from "../../../shared/kernels/filters/uniform.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { blocks, expectReference, imageAxes, resolveArgs, runKernel } from "../../support/kernels.ts";
import { describeEqual, type KernelCase } from "./equal.ts";
import { describeGolden } from "./golden.ts";

describeGolden("sobel", sobelKernel);
describeGolden("sobel_magnitude", sobelKernel, () => ({}));
describeGolden("prewitt", prewittKernel);
describeGolden("laplace", laplaceKernel);
describeGolden("gaussian_laplace", gaussianLaplaceKernel);
describeGolden("uniform_filter", uniformKernel);
describeGolden("threshold_local", thresholdLocalKernel, ({ block_size: blockSize, ...params }) => ({
  ...params,
  blockSize,
}));

const ends = { mode: fc.constantFrom(...FILTER_MODES), cval: fc.constantFrom(0, 1.5, -7) };

const CASES: readonly KernelCase[] = [
  ...[sobelKernel, prewittKernel].map(
    (kernel): KernelCase => [
      kernel,
      (rank) =>
        rank === 0
          ? fc.record(ends)
          : fc.record(
              {
                ...ends,
                axis: fc.integer({ min: -rank, max: rank - 1 }),
                axes: fc.subarray([...Array(rank).keys()], { minLength: 1 }),
              },
              { requiredKeys: [] },
            ),
    ],
  ),
  [laplaceKernel, () => fc.record(ends, { requiredKeys: [] })],
  ...[gaussianLaplaceKernel, gaussianGradientMagnitudeKernel].map(
    (kernel): KernelCase => [
      kernel,
      (rank) =>
        fc.record({
          ...ends,
          sigma: fc.oneof(
            fc.constantFrom(0, 0.7, 2),
            fc.array(fc.constantFrom(0, 0.5, 1.7), { maxLength: rank }),
          ),
          truncate: fc.constantFrom(4, 2),
        }),
    ],
  ),
  [
    uniformKernel,
    (rank) =>
      fc
        .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.double({ min: 0, max: 0.999, noNaN: true })), {
          minLength: rank,
          maxLength: rank,
        })
        .chain((each) =>
          fc.record({
            ...ends,
            size: fc.constant(each.map(([size]) => size)),
            origin: fc.constantFrom(
              0,
              each.map(([size, where]) => Math.floor(where * size) - Math.floor(size / 2)),
            ),
          }),
        ),
  ],
  [
    thresholdLocalKernel,
    () =>
      fc.record({
        ...ends,
        blockSize: fc.constantFrom(1, 3, 7),
        method: fc.constantFrom("gaussian", "mean", "median"),
        offset: fc.constantFrom(0, 2.5),
      }),
  ],
];

describeEqual(CASES);

describe("arguments", () => {
  const image = newBlock("uint16", [2, 2, 3, 4, 5]);
  const axes = imageAxes("tczyx");

  test("filters extend over space only where axes are typed", () => {
    expect(resolveArgs(sobelKernel, {}, [image], axes)).toMatchObject({ axis: null, axes: [2, 3, 4] });
    expect(resolveArgs(sobelKernel, { axis: "y" }, [image], axes)).toMatchObject({
      axis: 3,
      axes: [2, 3, 4],
    });
    expect(resolveArgs(laplaceKernel, { axes: ["x", 3] }, [image], axes)).toMatchObject({ axes: [3, 4] });
    expect(resolveArgs(uniformKernel, {}, [image], axes)).toMatchObject({ size: [1, 1, 3, 3, 3] });
    const blockSize = resolveArgs(thresholdLocalKernel, { blockSize: [5, 7] }, [image], axes)["blockSize"];
    expect(blockSize).toEqual([1, 1, 1, 5, 7]);
  });

  test("the reach is what the filter looks at", () => {
    const reach = (kernel: Kernel, args: object) =>
      kernel.extent(resolveArgs(kernel, args, [image], axes), 5, ["uint16"]);
    const none = [0, 0];
    expect(reach(sobelKernel, { axis: "x", axes: ["y", "x"] })).toEqual({
      kind: "reach",
      reach: [none, none, none, [1, 1], [1, 1]],
    });
    expect(reach(uniformKernel, { size: [4, 5], origin: [0, 1] })).toEqual({
      kind: "reach",
      reach: [none, none, none, [2, 1], [3, 1]],
    });
    expect(reach(gaussianLaplaceKernel, { sigma: { x: 2 } })).toEqual({
      kind: "reach",
      reach: [none, none, none, none, [8, 8]],
    });
  });

  test.each<[Kernel, object, string, string]>([
    [sobelKernel, { axis: "w" }, "INVALID_ARGS", '"w"'],
    [sobelKernel, { axes: ["x", -1] }, "INVALID_ARGS", "twice"],
    [prewittKernel, { size: 3 }, "UNKNOWN_KEY", "size"],
    [uniformKernel, { size: 0 }, "INVALID_ARGS", "size"],
    [uniformKernel, { size: 4, origin: 2 }, "INVALID_ARGS", "origin"],
    [thresholdLocalKernel, { blockSize: 4 }, "INVALID_ARGS", "blockSize"],
    [thresholdLocalKernel, { method: "generic" }, "INVALID_ARGS", "method"],
    [gaussianLaplaceKernel, {}, "INVALID_ARGS", "sigma"],
    [gaussianGradientMagnitudeKernel, { sigma: "0.5 um" }, "INVALID_ARGS", "0.5 um"],
  ])("%#: %j is refused", (kernel, args, code, text) => {
    expect(() => resolveArgs(kernel, args, [image], axes)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
  });
});

test("a mean of equal values is that value", () => {
  const block = newBlock("float32", [7, 9]);
  block.data.fill(0.1 as never);
  expect(runKernel(uniformKernel, { size: [3, 4] }, [block]).data).toEqual(block.data);
});

// More than what passes from one filter to the next at once, in every order of axes.
test.each([0, 1, 2])("the derivative along axis %i of a volume larger than the cache's share", (axis) => {
  const block = newBlock("uint16", [9, 110, 120]);
  for (let i = 0; i < block.data.length; i++) block.data[i] = Math.imul(i, 2654435761) >>> 20;
  expectReference(sobelKernel, { axis, mode: "mirror" }, [block]);
});

// Planes of the last two axes go another way than other axes do, to the same bits.
test.each(DTYPES)("planes of %s", (dtype) => {
  const planes = blocks(dtype, fc.array(fc.integer({ min: 1, max: 21 }), { minLength: 2, maxLength: 3 }));
  const args = fc.record({ ...ends, axis: fc.constantFrom(undefined, -1, -2) });
  fc.assert(
    fc.property(planes, args, (block, given) => {
      for (const kernel of [sobelKernel, prewittKernel]) {
        expectReference(kernel, { ...given, axes: [-2, -1] }, [block]);
      }
    }),
    { numRuns: 15 },
  );
});
