import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  binaryClosing,
  binaryOpening,
  blackTophat,
  closing,
  greyOpening,
  type KernelCall,
  kernelNamed,
  median,
  minimum,
  opening,
} from "../../shared/kernels/index.ts";
import type { Extent } from "../../shared/kernels/kernel.ts";
import { expectSame, resolveArgs } from "../support/kernels.ts";
import { asBlock, boundaries, lazyOf, randomBlock } from "../support/lazy.ts";
import { overlapReference } from "../support/overlap.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-morphology-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const calls: readonly KernelCall[] = [
  opening({ footprint: "disk(1)", mode: "ignore" }),
  closing({ footprint: [[1, 1, 0]], mode: "constant", cval: 9 }),
  blackTophat({ size: 2, mode: "mirror" }),
  greyOpening({ size: 2, origin: -1, mode: "nearest" }),
  binaryOpening({ borderValue: 1 }),
  binaryClosing({ size: 3, iterations: 2 }),
  median({ footprint: [[1, 0, 1, 1]] }),
  minimum({ size: [3, 2], origin: [1, 0], mode: "constant", cval: 4 }),
];

const given = fc.record({
  dims: fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 2, maxLength: 3 }),
  chunks: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 3, maxLength: 3 }),
  call: fc.constantFrom(...calls),
  boundary: fc.array(boundaries, { minLength: 3, maxLength: 3 }),
  seed: fc.nat(1e6),
});

async function setUp({ dims, chunks, call, seed }: typeof given extends fc.Arbitrary<infer T> ? T : never) {
  const block = randomBlock("uint8", dims, seed);
  const input = await lazyOf(
    folder,
    block,
    dims.map((n, axis) => Math.min(n, chunks[axis]!)),
  );
  const kernel = kernelNamed(call.kernel);
  const args = resolveArgs(kernel, call.args, [block]);
  const extent = kernel.extent(args, dims.length, ["uint8"]) as Extract<Extent, { kind: "reach" }>;
  return { block, input, kernel, args, depth: extent.reach };
}

describe("kernels of several steps, with a depth that covers their reach", () => {
  it("are the whole array's with boundary none: each step has the kernel's own mode at the array's ends", async () => {
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        const { block, input, kernel, args, depth } = await setUp(one);
        const got = await input.mapOverlap(one.call, { depth, boundary: "none" }).compute();
        expectSame(asBlock(got), kernel.reference([block], args));
      }),
      { numRuns: 15 },
    );
  });

  it("are the extended array's with any boundary", async () => {
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        const { block, input, depth } = await setUp(one);
        const boundary = one.boundary.slice(0, block.shape.length);
        const got = await input.mapOverlap(one.call, { depth, boundary }).compute();
        const whole = block.shape.map((n) => [n]);
        expectSame(asBlock(got), overlapReference(block, one.call, whole, depth, boundary));
      }),
      { numRuns: 15 },
    );
  });
});

it("a depth under the reach depends on the chunks, and the plan says so", async () => {
  const input = await lazyOf(folder, randomBlock("uint8", [9, 9], 1), [3, 3]);
  const plan = await input.mapOverlap(opening({ size: 3 }), { depth: 1 }).plan();
  expect(plan).toMatchObject({ warnings: [{ code: "CHUNK_DEPENDENT" }] });
});
