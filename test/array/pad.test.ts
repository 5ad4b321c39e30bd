import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf, stridesOf } from "../../shared/block/block.ts";
import { mapIndex } from "../../shared/block/boundary.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-pad-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const BOUNDARIES = { edge: "nearest", reflect: "mirror", symmetric: "reflect", wrap: "wrap" } as const;

/** numpy.pad, one element at a time. */
function padded(block: Block, widths: readonly (readonly [number, number])[], mode: string): Block {
  const result = newBlock(
    block.dtype,
    block.shape.map((n, axis) => n + widths[axis]![0] + widths[axis]![1]),
  );
  const inner = stridesOf(result.shape);
  const strides = stridesOf(block.shape);
  for (let i = 0; i < sizeOf(result.shape); i++) {
    let at = 0;
    for (const [axis, n] of result.shape.entries()) {
      const k = (Math.floor(i / inner[axis]!) % n) - widths[axis]![0];
      const boundary = mode === "constant" ? { constant: 5 } : BOUNDARIES[mode as "edge"];
      const index = mapIndex(k, block.shape[axis]!, boundary);
      at = index < 0 || at < 0 ? -1 : at + index * strides[axis]!;
    }
    result.data[i] = (at < 0 ? 5 : block.data[at]) as never;
  }
  return result;
}

describe("pad", () => {
  it("equals numpy's definition for any widths, modes and chunks", async () => {
    const width = fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.array(width, { minLength: 3, maxLength: 3 }),
        fc.constantFrom("constant", "edge", "reflect", "symmetric", "wrap"),
        fc.integer({ min: 1, max: 3 }),
        async (shape, all, mode, chunk) => {
          const widths = all.slice(0, shape.length);
          const block = randomBlock("uint16", shape, 3);
          const image = await lazyOf(
            folder,
            block,
            shape.map(() => chunk),
          );
          const options = mode === "constant" ? { constantValues: 5 } : { mode: mode as "edge" };
          const result = image.pad(widths, options);
          expect(result.chunks.map((blocks) => blocks.reduce((a, b) => a + b, 0))).toEqual(result.shape);
          const { data } = await result.compute({ workers: 1 });
          expect([...data]).toEqual([...padded(block, widths, mode).data]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("moves the origin, and says what it can't do", async () => {
    const image = await lazyOf(folder, randomBlock("uint8", [4, 6], 1), [2, 3]);
    expect(
      image
        .pad([
          [1, 0],
          [2, 3],
        ])
        .axes.map((axis) => axis.translation),
    ).toEqual([-1, -2]);
    expect(() => image.pad([[1, -1]])).toThrow(/not a number of elements/);
    expect(() => image.pad(1, { mode: "mirror" as never })).toThrow(/no mode "mirror"/);
    expect(() => image.pad(1, { mode: "edge", constantValues: 2 })).toThrow(
      /constantValues is for mode constant/,
    );
  });
});
