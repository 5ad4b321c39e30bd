import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { differenceOfGaussiansKernel } from "../../../shared/kernels/filters/difference-of-gaussians.ts";
import { FILTER_MODES } from "../../../shared/kernels/filters/mode.ts";
import { richardsonLucyKernel } from "../../../shared/kernels/filters/richardson-lucy.ts";
import { unsharpMaskKernel } from "../../../shared/kernels/filters/unsharp-mask.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { imageAxes, resolveArgs } from "../../support/kernels.ts";
import { describeEqual } from "./equal.ts";

describeEqual([
  [
    differenceOfGaussiansKernel,
    () =>
      fc.record(
        {
          lowSigma: fc.constantFrom(0, 0.6, 1),
          highSigma: fc.constantFrom(1, 2.2),
          mode: fc.constantFrom(...FILTER_MODES),
          cval: fc.constantFrom(0, 0.5),
          truncate: fc.constantFrom(2, 4),
        },
        { requiredKeys: ["lowSigma"] },
      ),
  ],
  [
    unsharpMaskKernel,
    () =>
      fc.record({
        radius: fc.constantFrom(0, 0.7, 1.5),
        amount: fc.constantFrom(1, -0.5, 3.3),
        preserveRange: fc.boolean(),
      }),
  ],
  [
    richardsonLucyKernel,
    () =>
      fc.oneof(
        fc.record({ sigma: fc.constantFrom(0, 0.8), numIter: fc.constantFrom(1, 3), clip: fc.boolean() }),
        fc.record({
          psf: fc.constantFrom([1, 2, 0], [0.2, 0.3], [0.5]),
          numIter: fc.constantFrom(1, 2),
          filterEpsilon: fc.constantFrom(0, 0.3),
        }),
      ),
    1,
  ],
]);

describe("arguments", () => {
  const image = newBlock("float32", [2, 3, 4, 5]);
  const resolve = (kernel: Kernel, args: object) => resolveArgs(kernel, args, [image], imageAxes("czyx"));

  test("the wider Gaussian is 1.6 times the narrower", () => {
    const args = resolve(differenceOfGaussiansKernel, { lowSigma: 2 });
    expect(args).toMatchObject({ low: [0, 2, 2, 2], high: [0, 3.2, 3.2, 3.2], mode: "nearest" });
    const reach = differenceOfGaussiansKernel.extent(args, 4, ["float32"]);
    expect(reach).toEqual({ kind: "reach", reach: [[0, 0], ...Array(3).fill([13, 13])] });
  });

  test("clipping looks at the whole block where elements may be negative", () => {
    const kind = (args: object, dtype: "uint16" | "float32" | "int8") =>
      unsharpMaskKernel.extent(resolve(unsharpMaskKernel, args), 4, [dtype]).kind;
    expect(kind({}, "float32")).toBe("wholeBlock");
    expect(kind({}, "int8")).toBe("wholeBlock");
    expect(kind({}, "uint16")).toBe("reach");
    expect(kind({ preserveRange: true }, "float32")).toBe("reach");
  });

  test("each iteration looks twice as far as the point spread function", () => {
    const reach = (args: object) =>
      richardsonLucyKernel.extent(resolve(richardsonLucyKernel, args), 4, ["float32"]);
    const none = [0, 0];
    expect(reach({ sigma: { x: 1 }, numIter: 5 })).toEqual({
      kind: "reach",
      reach: [none, none, none, [40, 40]],
    });
    expect(reach({ psf: [[0.2, 0.3, 0.4, 0.1]], numIter: 3 })).toEqual({
      kind: "reach",
      reach: [none, none, none, [12, 6]],
    });
  });

  test.each<[Kernel, object, string]>([
    [richardsonLucyKernel, {}, "either psf or sigma"],
    [richardsonLucyKernel, { sigma: 1, psf: [1] }, "either psf or sigma"],
    [differenceOfGaussiansKernel, { lowSigma: 2, highSigma: 1 }, "highSigma"],
    [differenceOfGaussiansKernel, {}, "lowSigma"],
    [unsharpMaskKernel, { radius: -1 }, "radius"],
    [unsharpMaskKernel, { amount: "much" }, "amount"],
  ])("%#: %j is refused", (kernel, args, text) => {
    expect(() => resolve(kernel, args)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
    );
  });
});
