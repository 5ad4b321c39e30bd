import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import type { Boundary } from "../../shared/block/boundary.ts";
import { DTYPES } from "../../shared/block/dtype.ts";
import type { LazyArray } from "../../shared/index.ts";
import {
  gaussian,
  label,
  removeSmallObjects,
  rescaleIntensity,
  threshold,
} from "../../shared/kernels/index.ts";
import { expectSame } from "../support/kernels.ts";
import { asBlock, boundaries, lazyOf, randomBlock, randomMask } from "../support/lazy.ts";
import { overlapReference } from "../support/overlap.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-overlap-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** One overlap: a radius per axis, a depth that covers it, a boundary per axis. */
const step = fc.record({
  sigma: fc.array(fc.constantFrom(0, 0.7, 1.3), { minLength: 5, maxLength: 5 }),
  radius: fc.constantFrom(1, 2, 3),
  more: fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 })), { minLength: 5, maxLength: 5 }),
  boundary: fc.array(boundaries, { minLength: 5, maxLength: 5 }),
});

type Step = { sigma: number[]; radius: number; more: [number, number][]; boundary: Boundary[] };

function overlap(given: Step, rank: number) {
  const sigma = given.sigma.slice(0, rank);
  const depth = given.more
    .slice(0, rank)
    .map(([a, b], axis) =>
      sigma[axis] === 0 ? ([a, b] as const) : ([given.radius + a, given.radius + b] as const),
    );
  const call = gaussian({ sigma, radius: given.radius });
  return { call, depth, boundary: given.boundary.slice(0, rank) };
}

function apply(array: LazyArray, given: Step): LazyArray {
  const { call, depth, boundary } = overlap(given, array.ndim);
  return array.mapOverlap(call, { depth, boundary });
}

const shape = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 600) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 5, maxLength: 5 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.min(n, chunks[axis]!));

describe("mapOverlap with a depth that covers the reach", () => {
  it("equals each kernel on the padded whole, one after another, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.array(step, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...DTYPES),
        fc.tuple(chunking, chunking, chunking),
        fc.nat({ max: 1e6 }),
        async (dims, steps, dtype, [stored, lazy, other], seed) => {
          const block = randomBlock(dtype, dims, seed);
          const input = await lazyOf(folder, block, within(stored, dims));
          const run = async (array: LazyArray) =>
            asBlock(await (steps as Step[]).reduce(apply, array).compute({ workers: 1 }));
          let want = block;
          for (const given of steps as Step[]) {
            const { call, depth, boundary } = overlap(given, dims.length);
            want = overlapReference(
              want,
              call,
              dims.map((n) => [n]),
              depth,
              boundary,
            );
          }
          expectSame(await run(input), want);
          expectSame(await run(input.rechunk(within(lazy, dims))), want);
          expectSame(
            asBlock(await (steps as Step[]).reduce(apply, input).rechunk(within(other, dims)).compute()),
            want,
          );
          await expect((steps as Step[]).reduce(apply, input).plan()).resolves.toMatchObject({
            warnings: [],
          });
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("a kernel that depends on its block", () => {
  const calls = [
    gaussian({ sigma: 1.5, radius: 4 }),
    gaussian({ sigma: 0.8, radius: 2, mode: "wrap" }),
    rescaleIntensity({ outRange: [0, 1] }),
    threshold({ above: 50 }),
  ];

  it("sees the lazy array's own chunks with their depth, however the result is chunked", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape.filter((dims) => dims.length <= 3),
        fc.constantFrom(...calls),
        fc.tuple(chunking, chunking, chunking),
        fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), { minLength: 5, maxLength: 5 }),
        fc.array(boundaries, { minLength: 5, maxLength: 5 }),
        fc.nat({ max: 1e6 }),
        async (dims, call, [stored, lazy, out], more, edge, seed) => {
          const block = randomBlock("float32", dims, seed);
          const array = (await lazyOf(folder, block, within(stored, dims))).rechunk(within(lazy, dims));
          const depth = more.slice(0, dims.length);
          const boundary = edge.slice(0, dims.length);
          const want = overlapReference(block, call, array.chunks, depth, boundary);
          const got = array.mapOverlap(call, { depth, boundary }).rechunk(within(out, dims));
          expectSame(asBlock(await got.compute({ workers: 1 })), want);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("is computed in parts where what is far away doesn't matter, and is that of the whole all the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 64, max: 90 }), fc.integer({ min: 64, max: 90 })),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0.3, 0.5, 0.6),
        fc.tuple(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 5, max: 40 })),
        fc.nat({ max: 1e6 }),
        async (dims, minSize, share, out, seed) => {
          const mask = randomMask(dims, share, seed);
          const small = removeSmallObjects({ minSize });
          const whole = dims.map((n) => [n]);
          const none = dims.map(() => [0, 0] as const);
          const want = overlapReference(
            mask,
            small,
            whole,
            none,
            dims.map(() => "none" as const),
          );
          const cleaned = (await lazyOf(folder, mask, dims)).mapBlocks(small).rechunk(out);
          const plan = (await cleaned.plan({ workers: 4 })) as {
            readonly stages: readonly { readonly program: { readonly nodes: readonly object[] } }[];
          };
          expect(plan.stages[0]!.program.nodes.some((node) => "blocks" in node)).toBe(false);
          expectSame(asBlock(await cleaned.compute({ workers: 1 })), want);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("sees them in chains too", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape.filter((dims) => dims.length <= 3),
        fc.tuple(chunking, chunking, chunking),
        fc.nat({ max: 1e6 }),
        async (dims, [stored, lazy, other], seed) => {
          const mask = randomMask(dims, 0.5, seed);
          const array = (await lazyOf(folder, mask, within(stored, dims))).rechunk(within(lazy, dims));
          const none = dims.map(() => [0, 0] as const);
          const ends = dims.map(() => "none" as const);
          const small = removeSmallObjects({ minSize: 3 });
          const cleaned = overlapReference(mask, small, array.chunks, none, ends);
          const again = array.mapBlocks(small).rechunk(within(other, dims));
          const want = overlapReference(cleaned, label({}), again.chunks, none, ends);
          expectSame(asBlock(await again.mapBlocks(label({})).rechunk([-1]).compute({ workers: 1 })), want);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe("arrays of no axes and of no elements", () => {
  it.each([[[]], [[0]], [[3, 0]], [[0, 4, 2]], [[1]], [[1, 1, 1]]])("%j", async (dims) => {
    const block = randomBlock("int16", dims, 1);
    const input = await lazyOf(
      folder,
      block,
      dims.map((n) => Math.max(1, n)),
    );
    const result = input
      .mapOverlap(gaussian({ sigma: 1 }), { depth: 4, boundary: "reflect" })
      .mapBlocks(threshold({ above: 0 }));
    const { call, depth } = { call: gaussian({ sigma: 1 }), depth: dims.map(() => [4, 4] as const) };
    const smooth = overlapReference(
      block,
      call,
      dims.map((n) => [n]),
      depth,
      dims.map(() => "reflect"),
    );
    const want = smooth.data.length
      ? Array.from(smooth.data as Float32Array, (v) => Number(Number(v) > 0))
      : [];
    const got = await result.compute();
    expect([...got.data]).toEqual(want);
    expect(got.shape).toEqual(dims);
  });
});

describe("what users write for depth and boundary", () => {
  it("may be numbers, lists, pairs and maps by axis", async () => {
    const input = await lazyOf(folder, randomBlock("uint8", [4, 6, 8], 1), [2, 3, 4]);
    const nodeOf = (depth: unknown, boundary?: unknown) => {
      const { node } = input.mapOverlap(gaussian({ sigma: 0.5 }), { depth, boundary } as never);
      if (node.kind !== "kernel") throw new Error(node.kind);
      return { depth: node.depth, boundary: node.boundary };
    };
    expect(nodeOf(2)).toEqual({
      depth: [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
      boundary: ["none", "none", "none"],
    });
    expect(nodeOf([2, [1, 3]]).depth).toEqual([
      [0, 0],
      [2, 2],
      [1, 3],
    ]);
    expect(nodeOf({ 0: 1, "-1": [0, 2] }).depth).toEqual([
      [1, 1],
      [0, 0],
      [0, 2],
    ]);
    expect(nodeOf(1, ["mirror", 5]).boundary).toEqual(["none", "mirror", { constant: 5 }]);
    expect(nodeOf(1, { dim_1: "periodic" }).boundary).toEqual(["none", "wrap", "none"]);
    expect(nodeOf(1, { constant: 4 }).boundary).toEqual([{ constant: 4 }, { constant: 4 }, { constant: 4 }]);
  });

  it.each([
    [-1, undefined],
    [1.5, undefined],
    [[1, 2, 3, 4], undefined],
    [{ q: 1 }, undefined],
    [1, "mirrored"],
    [1, ["reflect", "reflect", "reflect", "reflect"]],
    ["2 um", undefined],
  ])("refuses depth %j, boundary %j", async (depth, boundary) => {
    const input = await lazyOf(folder, randomBlock("uint8", [4, 6, 8], 1), [2, 3, 4]);
    const attempt = () => input.mapOverlap(gaussian({ sigma: 0.5 }), { depth, boundary } as never);
    expect(attempt).toThrow(expect.objectContaining({ code: expect.stringMatching(/^INVALID_ARG/) }));
  });
});
