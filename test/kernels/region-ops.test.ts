import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArrayNode, OpNode } from "../../shared/array/nodes.ts";
import type { LazyArray } from "../../shared/index.ts";
import { regionOpNamed } from "../../shared/kernels/region/registry.ts";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { randomBlock } from "../support/lazy.ts";
import { regionOfBlock } from "../support/pad.ts";
import { anyRegion, runRegionOp } from "../support/region-op.ts";

const dtypes = fc.constantFrom("bool", "uint8", "int64", "float16", "float32", "float64");
const image = fc
  .record({
    shape: fc.tuple(...[1, 1, 1].map((min) => fc.integer({ min, max: 12 }))),
    dtype: dtypes,
  })
  .map(({ shape, dtype }) => inMemory(randomBlock(dtype, shape, 2)));

/** An operation of each kind, on an array of three axes. */
const OPERATIONS: { readonly [op: string]: (array: LazyArray) => LazyArray } = {
  pad: (array) => array.pad([1, 2, 3], { mode: "reflect" }),
  take: (array) => array.take([-1, 0, 0], 1),
  repeat: (array) => array.repeat(3, 2),
  reshape: (array) => array.reshape([-1, array.shape[0]!]),
  coarsen: (array) => array.coarsen("mean", { 0: 2, 2: 3 }, { trimExcess: true }),
  diff: (array) => array.diff(2, 0),
  tensordot: (array) =>
    array.tensordot(array, [
      [0, 2],
      [0, 2],
    ]),
  resample: (array) =>
    array.affineTransform(
      [
        [0.9, 0.2],
        [-0.3, 1.1],
      ],
      { order: 1, mode: "reflect" },
    ),
  spline: (array) => array.zoom([1, 1.3, 0.7], { order: 3, mode: "mirror" }),
};

/** The node of that operation in a graph. */
function nodeOf(node: ArrayNode, op: string): OpNode {
  if (node.kind === "op") return node.op === op ? node : nodeOf(node.inputs[0]!, op);
  throw new Error(`no ${op} in the graph`);
}

describe.each(Object.entries(OPERATIONS))("%s", (name, build) => {
  it("computes any box from just what it asks for, in the memory it says", async () => {
    await fc.assert(
      fc.asyncProperty(image, fc.nat({ max: 9999 }), async (array, seed) => {
        const node = nodeOf(build(array).node, name);
        const { shape, dtype, args } = node;
        const source = await evaluate(array);
        const inputs = node.inputs.map(() => source);
        const op = regionOpNamed(name);
        const result = { shape, dtype };
        const whole = runRegionOp(op, args, inputs, result, { start: shape.map(() => 0), shape });
        const [region] = fc.sample(anyRegion(shape), { numRuns: 1, seed });
        const part = runRegionOp(op, args, inputs, result, region!);
        expect([...part.data]).toEqual([...regionOfBlock(whole, region!).data]);
      }),
      { numRuns: 30 },
    );
  });
});
