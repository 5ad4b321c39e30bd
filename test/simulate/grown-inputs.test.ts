import { describe, expect, it } from "vitest";
import type { SourceNode } from "../../shared/array/nodes.ts";
import type { Axis } from "../../shared/block/axes.ts";
import { regularChunks } from "../../shared/block/chunk-grid.ts";
import { grownInputs, inputBytes } from "../../shared/simulate/grown-inputs.ts";
import { parseSizes } from "../../shared/simulate/sizes.ts";

function source(
  shape: readonly number[],
  chunk: readonly number[],
  types: readonly Axis["type"][] = [],
): SourceNode {
  return {
    kind: "source",
    source: { kind: "zarr", uri: "file:///none", path: "" },
    fingerprints: {},
    shape,
    chunks: regularChunks(shape, chunk),
    dtype: "uint16",
    axes: shape.map((_, i) => ({
      name: `dim_${i}`,
      scale: 1,
      translation: 0,
      ...(types[i] ? { type: types[i] } : {}),
      coordinates: Array.from({ length: shape[i]! }, (__, k) => k),
    })),
    step: "image",
  };
}

describe("grownInputs", () => {
  it("makes the largest input longer along its first axis, in chunks as they were", () => {
    const [grown] = grownInputs([source([10, 100, 100], [4, 50, 50])], 100e6);
    expect(grown!.shape).toEqual([5000, 100, 100]);
    expect(grown!.chunks[0]!.slice(0, 2)).toEqual([4, 4]);
    expect(grown!.axes[0]).not.toHaveProperty("coordinates");
    expect(grown!.axes[1]).toHaveProperty("coordinates");
  });

  it("leaves channels as many as there are", () => {
    const [grown] = grownInputs([source([2, 10, 100], [1, 10, 100], ["channel", "space", "space"])], 40e6);
    expect(grown!.shape).toEqual([2, 100_000, 100]);
  });

  it("refuses what comes nowhere near: of channels alone, and of nothing", () => {
    for (const still of [source([2], [1], ["channel"]), source([0, 4], [1, 4])])
      expect(() => grownInputs([still], 40e6)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("makes inputs longer together where they are as long, and leaves masks alone", () => {
    const inputs = [
      source([10, 64, 64], [1, 64, 64]),
      source([10, 64, 64], [5, 64, 64]),
      source([64, 64], [64, 64]),
    ];
    const grown = grownInputs(inputs, 10 * inputBytes(inputs));
    expect(grown[0]!.shape[0]).toBe(grown[1]!.shape[0]);
    expect(grown[0]!.shape[0]).toBeGreaterThan(99);
    expect(grown[2]).toBe(inputs[2]);
    expect(inputBytes(grown) / (10 * inputBytes(inputs))).toBeCloseTo(1, 2);
  });

  it("never makes one shorter", () => {
    const inputs = [source([10, 64], [1, 64])];
    expect(grownInputs(inputs, 1)[0]!.shape).toEqual([10, 64]);
  });
});

describe("parseSizes", () => {
  it("reads decimal and binary units", () => {
    expect(parseSizes("1TB, 2.5 GiB,3kb")).toEqual([1e12, 2.5 * 2 ** 30, 3000]);
  });
  it.each(["", "1", "0TB", "-1TB", "1XB", "1TB,", "99999PB", "TB"])("refuses %j", (text) => {
    expect(() => parseSizes(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
