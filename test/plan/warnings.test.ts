import { describe, expect, it } from "vitest";
import { mapBlocks, mapOverlap } from "../../shared/array/map.ts";
import type { ArrayNode } from "../../shared/array/nodes.ts";
import { rechunk } from "../../shared/array/rechunk.ts";
import type { Axis } from "../../shared/block/axes.ts";
import type { DType } from "../../shared/block/dtype.ts";
import {
  gaussian,
  label,
  removeSmallObjects,
  rescaleIntensity,
  threshold,
} from "../../shared/kernels/index.ts";
import { compileResult } from "../../shared/plan/compile.ts";
import { imageAxes, plainAxes } from "../support/kernels.ts";

function source(
  shape: number[],
  chunks: number[],
  dtype: DType = "float32",
  axes: Axis[] = plainAxes(shape.length),
): ArrayNode {
  const whole: ArrayNode = {
    kind: "source",
    source: { kind: "zarr", uri: "file:///in.zarr", path: "" },
    fingerprints: {},
    shape,
    chunks: shape.map((n) => [n]),
    dtype,
    axes,
    step: "image",
  };
  return rechunk(whole, chunks);
}

async function warnings(
  node: ArrayNode,
): Promise<readonly { code: string; step?: string; message: string }[]> {
  return (await compileResult(node)).plan.warnings as never;
}

const image = source([40, 60], [20, 30]);
const reflect = { depth: 8, boundary: "reflect" } as const;

describe("CHUNK_DEPENDENT", () => {
  it.each<[string, ArrayNode]>([
    ["a pointwise kernel", mapBlocks(image, threshold({ above: 1 }))],
    ["a depth that covers the reach", mapOverlap(image, gaussian({ sigma: 2 }), reflect)],
    [
      "an asymmetric depth that covers it",
      mapOverlap(image, gaussian({ sigma: 2 }), { depth: { 0: [8, 9], 1: [20, 8] } }),
    ],
    ["one chunk", mapBlocks(rechunk(image, [-1, -1]), gaussian({ sigma: 2 }))],
    [
      "one chunk, and too small a depth",
      mapOverlap(rechunk(image, [-1, -1]), gaussian({ sigma: 2 }), { ...reflect, depth: 1 }),
    ],
    [
      "chunks along an axis that isn't filtered",
      mapBlocks(rechunk(image, [10, -1]), gaussian({ sigma: [0, 2] })),
    ],
    ["a range that is given", mapBlocks(image, rescaleIntensity({ inRange: [0, 9], outRange: [0, 1] }))],
    ["a whole-block kernel on one chunk", mapBlocks(rechunk(image, [-1, -1]), rescaleIntensity({}))],
    [
      "small objects, cut between channels",
      mapBlocks(
        source([3, 20, 20], [1, 20, 20], "bool", imageAxes("cyx")),
        removeSmallObjects({ minSize: 9 }),
      ),
    ],
  ])("is not said of %s", async (_name, node) => {
    expect(await warnings(node)).toEqual([]);
  });

  it.each<[string, ArrayNode, RegExp]>([
    [
      "a depth that is too small",
      mapOverlap(image, gaussian({ sigma: 2 }), { ...reflect, depth: 7 }),
      /dim_0.*depth of \[7, 7\].*depth 8/,
    ],
    [
      "one side that is too small",
      mapOverlap(image, gaussian({ sigma: 2 }), { depth: [8, [8, 3]], boundary: "reflect" }),
      /dim_1.*\[8, 3\]/,
    ],
    ["no depth", mapBlocks(image, gaussian({ sigma: 2 })), /mapOverlap with depth 8/],
    [
      "a kernel that wraps",
      mapOverlap(image, gaussian({ sigma: 2, mode: "wrap" }), { depth: 8 }),
      /boundary "wrap"/,
    ],
    ["a kernel that looks at the whole block", mapBlocks(image, rescaleIntensity({})), /inRange/],
    ["labels by chunk", mapBlocks(source([9, 9], [3, 9], "bool"), label({})), /operation label/],
    [
      "small labels, cut between channels",
      mapBlocks(
        source([3, 20, 20], [1, 20, 20], "uint8", imageAxes("cyx")),
        removeSmallObjects({ minSize: 9 }),
      ),
      /rechunk/,
    ],
  ])("is said of %s, once", async (_name, node, message) => {
    const found = await warnings(mapBlocks(node, threshold({ above: 0 })));
    expect(found).toEqual([
      { code: "CHUNK_DEPENDENT", step: node.step, message: expect.stringMatching(message) },
    ]);
  });
});
