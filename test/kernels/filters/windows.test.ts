import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { convolveKernel, correlateKernel } from "../../../shared/kernels/filters/correlate.ts";
import { FILTER_MODES } from "../../../shared/kernels/filters/mode.ts";
import { rollingBallKernel } from "../../../shared/kernels/filters/rolling-ball.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { imageAxes, resolveArgs, runKernel } from "../../support/kernels.ts";
import { describeEqual, type KernelCase } from "./equal.ts";

const ends = { mode: fc.constantFrom(...FILTER_MODES), cval: fc.constantFrom(0, 1.5, -7) };
const weight = fc.constantFrom(0, 0, 1, -2, 0.3, 1.7);

function nested(shape: readonly number[]): fc.Arbitrary<unknown> {
  const [n, ...rest] = shape;
  return n === undefined ? weight : fc.array(nested(rest), { minLength: n, maxLength: n });
}

const weighted = [correlateKernel, convolveKernel].map(
  (kernel): KernelCase => [
    kernel,
    (rank) => {
      const sizes = fc.array(fc.integer({ min: 1, max: 3 }), {
        minLength: 1,
        maxLength: Math.min(3, rank),
      });
      const weights = sizes.chain(nested).filter((given) => (given as number[]).flat(3).some((w) => w !== 0));
      return fc.record({ ...ends, weights });
    },
    1,
  ],
);

describeEqual([...weighted, [rollingBallKernel, () => fc.record({ radius: fc.constantFrom(0, 1, 2.5, 3) })]]);

describe("arguments", () => {
  const image = newBlock("uint16", [2, 2, 3, 4, 5]);
  const reach = (kernel: Kernel, args: object, names = "tczyx") =>
    kernel.extent(resolveArgs(kernel, args, [image], imageAxes(names)), 5, ["uint16"]);
  const none = [0, 0];

  test("weights are those of the last axes of space, and look as far as they aren't 0", () => {
    const weights = [
      [0, 1, 0],
      [0, 2, 3],
      [0, 0, 0],
      [0, 1, 1],
    ];
    const last = [none, none, none];
    expect(reach(correlateKernel, { weights })).toEqual({ kind: "reach", reach: [...last, [2, 1], [0, 1]] });
    expect(reach(convolveKernel, { weights })).toEqual({ kind: "reach", reach: [...last, [1, 2], [1, 0]] });
    expect(reach(correlateKernel, { weights }, "tyxcz")).toEqual({
      kind: "reach",
      reach: [none, none, [2, 1], none, [0, 1]],
    });
    expect(reach(correlateKernel, { weights, axes: ["t", "z"] })).toEqual({
      kind: "reach",
      reach: [[2, 1], none, [0, 1], none, none],
    });
  });

  test("a ball looks as far as its radius", () => {
    expect(reach(rollingBallKernel, { radius: 2.2, axes: ["y", "x"] })).toEqual({
      kind: "reach",
      reach: [none, none, none, [3, 3], [3, 3]],
    });
  });

  test.each<[Kernel, object, string]>([
    [correlateKernel, { weights: [[1, 2], [3]] }, "differ in length"],
    [correlateKernel, { weights: [0, 0] }, "all 0"],
    [correlateKernel, { weights: [1, 2], origin: 1 }, "origin"],
    [correlateKernel, { weights: [[1, 2]], axes: ["x"] }, "1 axes"],
    [convolveKernel, { weights: [] }, "weights"],
    [convolveKernel, { weights: ["1"] }, "weights"],
    [rollingBallKernel, { radius: -1 }, "radius"],
  ])("%#: %j is refused", (kernel, args, text) => {
    expect(() => resolveArgs(kernel, args, [image], imageAxes("tczyx"))).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
    );
  });
});

test("a ball leaves what it can touch", () => {
  const image = newBlock("uint8", [9]);
  image.data.set([10, 10, 10, 10, 200, 10, 10, 10, 10] as never);
  const background = runKernel(rollingBallKernel, { radius: 20 }, [image]);
  expect([...background.data]).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10]);
});
