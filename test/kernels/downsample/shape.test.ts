import { expect, it } from "vitest";
import { downsampledShape, effectiveFactors } from "../../../shared/kernels/downsample/shape.ts";

it("rounds sizes down, and lets no axis vanish", () => {
  expect(downsampledShape([5, 4, 1, 2, 0], [2, 2, 2, 3, 2])).toEqual([2, 2, 1, 1, 0]);
  expect(effectiveFactors([5, 4, 1, 2, 0], [2, 2, 2, 3, 2])).toEqual([2, 2, 1, 2, 1]);
  expect(downsampledShape([], [])).toEqual([]);
});

it("refuses factors that aren't whole, or not one per axis", () => {
  const refused = expect.objectContaining({ code: "INVALID_ARGUMENT" });
  expect(() => downsampledShape([4, 4], [2])).toThrow(refused);
  expect(() => downsampledShape([4], [0])).toThrow(refused);
  expect(() => downsampledShape([4], [1.5])).toThrow(refused);
});
