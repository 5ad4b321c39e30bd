import { describe, expect, it } from "vitest";
import type { Axis } from "../../shared/block/axes.ts";
import { pyramidLevels } from "../../shared/plan/pyramid.ts";

function axesOf(spacing: { readonly [name: string]: number }, unit?: string): Axis[] {
  return Object.entries(spacing).map(([name, scale]) => ({
    name,
    scale,
    translation: 0,
    ...(name === "c" ? { type: "channel" as const } : { type: "space" as const, ...(unit ? { unit } : {}) }),
  }));
}

const shapes = (shape: number[], axes: Axis[], levels = 4) =>
  pyramidLevels(shape, axes, { levels, factors: "auto" }).map((level) => level.shape.join(" "));

describe("pyramid factors by spacing", () => {
  it("leave z until y and x are spaced as widely, then halve it too", () => {
    expect(shapes([2, 40, 64, 64], axesOf({ c: 1, z: 0.65, y: 0.325, x: 0.325 }, "micrometer"))).toEqual([
      "2 40 64 64",
      "2 40 32 32",
      "2 20 16 16",
      "2 10 8 8",
    ]);
    expect(shapes([40, 64, 64], axesOf({ z: 1, y: 0.325, x: 0.325 }, "micrometer"))).toEqual([
      "40 64 64",
      "40 32 32",
      "40 16 16",
      "20 8 8",
    ]);
  });

  it("halve all of an isotropic volume, by length and not by number", () => {
    const axes = axesOf({ z: 500, y: 500, x: 500 }, "nanometer");
    expect(shapes([40, 64, 64], axes, 3)).toEqual(["40 64 64", "20 32 32", "10 16 16"]);
    const mixed = axes.map((axis, i) => (i === 0 ? { ...axis, scale: 0.5, unit: "micrometer" } : axis));
    expect(shapes([40, 64, 64], mixed, 3)).toEqual(["40 64 64", "20 32 32", "10 16 16"]);
  });

  it("leave z where its spacing isn't known, and where there are few planes", () => {
    expect(shapes([40, 64, 64], axesOf({ z: 1, y: 1, x: 1 }), 2)).toEqual(["40 64 64", "40 32 32"]);
    expect(shapes([40, 64, 64], axesOf({ z: 1, y: 1, x: 1 }, "second"), 2)).toEqual(["40 64 64", "40 32 32"]);
    const few = axesOf({ z: 1, y: 1, x: 1 }, "micrometer");
    expect(shapes([5, 64, 64], few, 3)).toEqual(["5 64 64", "2 32 32", "2 16 16"]);
  });

  it("are two along y and x, or as given, where they aren't asked to follow the spacing", () => {
    const axes = axesOf({ z: 1, y: 1, x: 1 }, "micrometer");
    expect(pyramidLevels([8, 8, 8], axes, { levels: 2 })[1]!.shape).toEqual([8, 4, 4]);
    expect(pyramidLevels([8, 8, 8], axes, { levels: 2, factors: [2, 4, 1] })[1]!.shape).toEqual([4, 2, 8]);
  });
});
