import { describe, expect, it } from "vitest";
import { axisOf } from "../../shared/array/axis-of.ts";
import type { Axis } from "../../shared/block/axes.ts";

const axes = ["z", "y", "0"].map((name): Axis => ({ name, scale: 1, translation: 0 }));

describe("axisOf", () => {
  it.each([
    ["y", 1],
    [1, 1],
    [-1, 2],
    ["1", 1],
    ["-3", 0],
    ["0", 2],
  ])("takes %j as axis %i", (axis, index) => expect(axisOf(axis, axes, "s")).toBe(index));

  it.each(["x", "", " ", "1.0", "3", "-4", 3, -4, 0.5, Number.NaN, null as never, [0] as never])(
    "refuses %j, and says what there is",
    (axis) =>
      expect(() => axisOf(axis, axes, "flat")).toThrow(
        expect.objectContaining({
          code: "INVALID_ARGUMENT",
          message: expect.stringMatching(/^step flat: .* is not an axis of the array$/),
          hint: "Its axes are 0 (z), 1 (y), 2 (0).",
        }),
      ),
  );
});
