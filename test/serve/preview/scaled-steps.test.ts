import { expect, test } from "vitest";
import type { ArrayNode, KernelNode } from "../../../shared/array/nodes.ts";
import type { Axis } from "../../../shared/block/axes.ts";
import { regularChunks } from "../../../shared/block/chunk-grid.ts";
import { buildSteps } from "../../../shared/pipeline/build.ts";
import { parsePipeline } from "../../../shared/pipeline/parse.ts";
import { levelsOfInputs } from "../../../shared/serve/preview/input-levels.ts";
import { scaledSteps } from "../../../shared/serve/preview/scaled-steps.ts";

const axis = (name: string, type?: Axis["type"], scale = 1): Axis => ({
  name,
  scale,
  translation: 0,
  ...(type ? { type } : {}),
  ...(type === "space" ? { unit: "micrometer" } : {}),
});

function image(shape: readonly number[], axes: readonly Axis[]): ArrayNode {
  return {
    kind: "source",
    source: { kind: "zarr", uri: "file:///nowhere.zarr", path: "0" },
    fingerprints: {},
    shape,
    chunks: regularChunks(
      shape,
      shape.map((n) => Math.min(n, 256)),
    ),
    dtype: "uint16",
    axes,
    step: "image",
  };
}

const TYPED = image(
  [2, 16, 2048, 2050],
  [axis("c", "channel"), axis("z", "space", 2), axis("y", "space"), axis("x", "space")],
);
const PLAIN = image([2048, 2050], [axis("dim_0"), axis("dim_1")]);

/** The steps at full resolution and at the first coarser one, whose pixels are 2 by 2. */
async function scaled(input: ArrayNode, steps: object) {
  const inputs = new Map([["image", input]]);
  const pipeline = parsePipeline(
    { version: 1, inputs: { image: { zarr: "x" } }, steps, outputs: {} },
    {},
    "test",
  );
  const full = buildSteps(pipeline, inputs, "", "test");
  const [level] = await levelsOfInputs(inputs);
  return { level: level!, nodes: scaledSteps(pipeline, full, level!.nodes, level!.factors, "", "test") };
}

const argsOf = (node: ArrayNode | undefined) => (node as KernelNode).args;

test("an image without levels of its own gets means of y and x, until it is small", async () => {
  const levels = await levelsOfInputs(new Map([["image", TYPED]]));
  expect(levels.map(({ factors }) => Object.fromEntries(factors))).toEqual([
    { y: 2, x: 2 },
    { y: 4, x: 4 },
  ]);
  const node = levels[0]!.nodes.get("image")!;
  expect([node.shape, node.dtype, node.axes.map(({ scale }) => scale)]).toEqual([
    [2, 16, 1024, 1025],
    "uint16",
    [1, 2, 2, 2],
  ]);
  expect(levels[0]!.own.size).toBe(0);
});

test("lengths in elements follow the pixels, per axis; physical lengths and depths too", async () => {
  const { nodes } = await scaled(TYPED, {
    number: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 3 },
      depth: { z: 12, y: 13, x: 12 },
    },
    list: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: [1, 3, 4] },
      depth: [4, [11, 12], 16],
    },
    physical: { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: "3 um" }, depth: 12 },
    window: { op: "mapOverlap", in: "image", kernel: "median", args: { size: [1, 5, 9] }, depth: 4 },
  });
  expect(argsOf(nodes.get("number"))["sigma"]).toEqual([0, 3, 1.5, 1.5]);
  expect((nodes.get("number") as KernelNode).depth).toEqual([
    [0, 0],
    [12, 12],
    [7, 7],
    [6, 6],
  ]);
  expect(argsOf(nodes.get("list"))["sigma"]).toEqual([0, 1, 1.5, 2]);
  expect(argsOf(nodes.get("physical"))["sigma"]).toEqual([0, 1.5, 1.5, 1.5]);
  expect(argsOf(nodes.get("window"))["window"]).toMatchObject({ shape: [1, 1, 3, 5] });
});

test("numbers of elements by the area, footprints by their radius", async () => {
  const { nodes } = await scaled(PLAIN, {
    mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 100 }, dtype: "bool" },
    large: { op: "mapBlocks", in: "mask", kernel: "removeSmallObjects", args: { minSize: 50 } },
    round: {
      op: "mapOverlap",
      in: "mask",
      kernel: "binaryDilation",
      args: { footprint: { disk: 6 } },
      depth: 6,
    },
    smooth: { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: 2 }, depth: 8 },
  });
  expect(argsOf(nodes.get("mask"))["above"]).toBe(100);
  expect(argsOf(nodes.get("large"))["minSize"]).toBe(13);
  expect(JSON.stringify(argsOf(nodes.get("round")))).not.toContain("6");
  expect((nodes.get("round") as KernelNode).depth).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(argsOf(nodes.get("smooth"))["sigma"]).toEqual([1, 1]);
});

test("steps that mean something else on a coarser image are left out, with what comes from them", async () => {
  const { nodes } = await scaled(PLAIN, {
    part: { op: "slice", in: "image", index: "100:600, :" },
    every: { op: "slice", in: "image", index: "::2, :" },
    moved: { op: "roll", in: "image", shift: 5, axis: 0 },
    after: { op: "astype", in: "part", dtype: "float32" },
    whole: { op: "flip", in: "image", axis: 0 },
  });
  expect([...nodes.keys()]).toEqual(["image", "every", "whole"]);
});
