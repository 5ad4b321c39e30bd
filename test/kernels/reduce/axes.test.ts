import { expect, it } from "vitest";
import { reducedAxes } from "../../../shared/kernels/reduce/axes.ts";

it("reads numpy's axis", () => {
  expect(reducedAxes(null, 3)).toEqual([0, 1, 2]);
  expect(reducedAxes(undefined, 0)).toEqual([]);
  expect(reducedAxes(-1, 3)).toEqual([2]);
  expect(reducedAxes([-1, 0], 3)).toEqual([0, 2]);
});

it("refuses axes that aren't there or come twice", () => {
  const refused = expect.objectContaining({ code: "INVALID_ARGUMENT" });
  expect(() => reducedAxes(3, 3)).toThrow(refused);
  expect(() => reducedAxes(0.5, 3)).toThrow(refused);
  expect(() => reducedAxes([0, -3], 3)).toThrow(refused);
});
