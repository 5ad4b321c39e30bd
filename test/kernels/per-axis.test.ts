import { describe, expect, test } from "vitest";
import { precedingSteps, resolveNeighbourhood } from "../../shared/kernels/neighbourhood.ts";
import { axisIndex, expandPerAxis, type PerAxis } from "../../shared/kernels/per-axis.ts";
import { imageAxes, plainAxes } from "../support/kernels.ts";

const options = { parameter: "depth", neutral: 0 };
type Entry = number | readonly [number, number];

describe("expandPerAxis", () => {
  test.each<[string, PerAxis<Entry>, Entry[]]>([
    ["tczyx", 3, [0, 0, 3, 3, 3]],
    ["cyx", 3, [0, 3, 3]],
    ["tc", 3, [0, 0]],
    ["tczyx", [1, 2], [0, 0, 0, 1, 2]],
    ["tczyx", [9, 8, 7, 6, 5], [9, 8, 7, 6, 5]],
    ["tczyx", [], [0, 0, 0, 0, 0]],
    ["yx", [2, 3], [2, 3]],
    ["yx", [[2, 3]], [0, [2, 3]]],
    ["tczyx", { z: 1, x: [0, 2] }, [0, 0, 1, 0, [0, 2]]],
    ["tczyx", { "0": 4, "-1": 5 }, [4, 0, 0, 0, 5]],
  ])("on %s, %j is %j", (names, value, expected) => {
    expect(expandPerAxis<Entry>(value, imageAxes(names), options)).toEqual(expected);
  });

  test("a single value applies to every axis of a plain array", () => {
    expect(expandPerAxis<number>(2, plainAxes(4), options)).toEqual([2, 2, 2, 2]);
    expect(expandPerAxis<number>(2, [], options)).toEqual([]);
    expect(expandPerAxis<number>({ dim_1: 5 }, plainAxes(2), options)).toEqual([0, 5]);
  });

  test.each<[PerAxis<number>, string]>([
    [[1, 2, 3], "3 entries"],
    [{ q: 1 }, '"q"'],
    [{ "2": 1 }, '"2"'],
    [{ "-3": 1 }, '"-3"'],
    [{ y: 1, "0": 2 }, "axis y twice"],
  ])("%j on yx is refused", (value, text) => {
    expect(() => expandPerAxis<number>(value, imageAxes("yx"), options)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
    );
  });

  test("the nearest axis is the hint", () => {
    expect(() => axisIndex("dim_O", plainAxes(1), "depth")).toThrow(
      expect.objectContaining({ hint: 'Did you mean "dim_0"?' }),
    );
  });
});

describe("neighbourhoods", () => {
  test.each([
    [plainAxes(2), 1, 2],
    [plainAxes(2), 2, 4],
    [plainAxes(3), 1, 3],
    [plainAxes(3), 2, 9],
    [plainAxes(3), 3, 13],
    [imageAxes("tczyx"), 1, 3],
    [imageAxes("tczyx"), 3, 13],
    [imageAxes("tc"), 1, 0],
  ])("%# has half of its neighbours before it", (axes, connectivity, half) => {
    const steps = precedingSteps(resolveNeighbourhood(connectivity, axes));
    expect(steps).toHaveLength(half);
    for (const step of steps) {
      expect(step.find((d) => d !== 0)).toBe(-1);
      for (const [i, axis] of axes.entries())
        if (axis.type === "time" || axis.type === "channel") expect(step[i]).toBe(0);
    }
  });
});
