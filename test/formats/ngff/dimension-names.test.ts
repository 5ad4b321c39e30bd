import { expect, test } from "vitest";
import { plainAxes } from "../../../shared/formats/ngff/dimension-names.ts";

test.each<[string, number, unknown, unknown, string[]]>([
  ["nothing", 2, undefined, undefined, ["dim_0", "dim_1"]],
  ["v3", 2, ["y", "x"], { _ARRAY_DIMENSIONS: ["lat", "lon"] }, ["y", "x"]],
  ["xarray", 2, undefined, { _ARRAY_DIMENSIONS: ["lat", "lon"] }, ["lat", "lon"]],
  ["missing names", 3, ["z", null, ""], {}, ["z", "dim_1", "dim_2"]],
  ["names used twice", 2, ["x", "x"], {}, ["x", "dim_1"]],
  ["a list of another length", 2, ["x"], { _ARRAY_DIMENSIONS: "xy" }, ["dim_0", "dim_1"]],
  ["a 0-d array", 0, [], {}, []],
])("axes are named from %s", (_, rank, names, attributes, expected) => {
  const axes = plainAxes(rank, names, attributes);
  expect(axes).toEqual(expected.map((name) => ({ name, scale: 1, translation: 0 })));
});
