import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf, stridesOf } from "../../shared/block/block.ts";
import type { LazyArray } from "../../shared/index.ts";
import { reshapeOp } from "../../shared/kernels/region/reshape.ts";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";
import { at, coordinates, regionOfBlock } from "../support/pad.ts";
import { anyRegion, runRegionOp } from "../support/region-op.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-arrange-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The block whose element at each position is the source's at what `from` says. */
function arranged(
  source: Block,
  shape: readonly number[],
  from: (coords: readonly number[]) => readonly number[],
): Block {
  const result = newBlock(source.dtype, shape);
  let i = 0;
  for (const coords of coordinates(shape)) result.data[i++] = at(source, from(coords)) as never;
  return result;
}

/** Checks what an array says of itself, computes it, and compares it. */
async function expectEqual(array: LazyArray, expected: Block): Promise<void> {
  expect(array.shape).toEqual([...expected.shape]);
  expect(array.axes).toHaveLength(expected.shape.length);
  expect(new Set(array.axes.map((axis) => axis.name)).size).toBe(expected.shape.length);
  expect(array.chunks.map((blocks) => blocks.reduce((a, b) => a + b, 0))).toEqual([...expected.shape]);
  const computed = await evaluate(array);
  expect(computed.dtype).toBe(expected.dtype);
  expect([...computed.data]).toEqual([...expected.data]);
}

const mod = (i: number, n: number) => ((i % n) + n) % n;

const stored = fc.record({
  axes: fc.array(fc.record({ n: fc.integer({ min: 1, max: 6 }), chunk: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
  dtype: fc.constantFrom("uint8" as const, "int64" as const, "float32" as const),
  seed: fc.nat({ max: 99 }),
});

async function opened({ axes, dtype, seed }: typeof stored extends fc.Arbitrary<infer T> ? T : never) {
  const shape = axes.map(({ n }) => n);
  const block = randomBlock(dtype, shape, seed);
  return {
    block,
    array: inMemory(block, { chunks: axes.map(({ chunk }) => chunk) }),
  };
}

// The factors of a size, cut into two shapes of their own.
const shapes = fc
  .array(fc.constantFrom(1, 2, 2, 3, 5), { minLength: 1, maxLength: 6 })
  .chain((factors) =>
    fc.tuple(
      ...[0, 1].map(() => fc.array(fc.boolean(), { minLength: factors.length, maxLength: factors.length })),
      fc.constant(factors),
    ),
  )
  .map(
    ([a, b, factors]) =>
      [shapeOf(factors as number[], a as boolean[]), shapeOf(factors as number[], b as boolean[])] as const,
  );

describe("arranging elements", () => {
  it("rolls as numpy does, along axes and over the flat array", async () => {
    await fc.assert(
      fc.asyncProperty(
        stored,
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }),
        async (spec, shifts) => {
          const { block, array } = await opened(spec);
          const { shape } = block;
          const axis = shape.map((_, i) => i - shape.length);
          const expected = arranged(block, shape, (c) => c.map((k, i) => mod(k - shifts[i]!, shape[i]!)));
          await expectEqual(array.roll(shifts.slice(0, shape.length), axis), expected);
          const strides = stridesOf(shape);
          const flat = arranged(block, shape, (c) => {
            const i = mod(c.reduce((sum, k, a) => sum + k * strides[a]!, 0) - shifts[0]!, sizeOf(shape));
            return shape.map((n, a) => Math.floor(i / strides[a]!) % n);
          });
          await expectEqual(array.roll(shifts[0]!), flat);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("takes elements in any order, as numpy does", async () => {
    await fc.assert(
      fc.asyncProperty(
        stored,
        fc.array(fc.nat({ max: 99 }), { maxLength: 9 }),
        fc.nat({ max: 3 }),
        async (spec, picks, which) => {
          const { block, array } = await opened(spec);
          const axis = which % block.shape.length;
          const n = block.shape[axis]!;
          const indices = picks.map((k) => (k % (2 * n)) - n);
          const shape = block.shape.map((size, i) => (i === axis ? indices.length : size));
          const expected = arranged(block, shape, (c) =>
            c.map((k, i) => (i === axis ? mod(indices[k]!, n) : k)),
          );
          await expectEqual(array.take(indices, axis), expected);
          await expectEqual(array.take(indices, axis).rechunk(shape.map(() => -1)), expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reads what a take needs, not what lies between", async () => {
    const array = await lazyOf(folder, randomBlock("uint8", [400, 8], 1), [1, 8]);
    const plan = (await array.take([0, 399, 200], 0).rechunk([3, 8]).plan()) as {
      stages: { estimate: { bytesRead: number } }[];
    };
    expect(plan.stages[0]!.estimate.bytesRead).toBe(3 * 8);
  });

  it("reshapes in C order, whatever the chunks before and after", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        async ([from, to], chunks, open) => {
          const block = randomBlock("uint16", from, 5);
          const array = inMemory(block, { chunks: chunks.slice(0, from.length) });
          const wanted = open ? to.map((n, i) => (i === 0 ? -1 : n)) : to;
          const expected = { ...block, shape: to };
          await expectEqual(array.reshape(wanted), expected);
          await expectEqual(array.reshape(wanted).rechunk(chunks.slice(6 - to.length)), expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reshapes any box from just what it asks for", () => {
    fc.assert(
      fc.property(
        shapes.chain((pair) => fc.tuple(fc.constant(pair), anyRegion(pair[1]))),
        ([[from, to], region]) => {
          const block = randomBlock("float32", from, 7);
          const result = { shape: to, dtype: block.dtype };
          const computed = runRegionOp(reshapeOp, {}, [block], result, region);
          expect([...computed.data]).toEqual([...regionOfBlock({ ...block, shape: to }, region).data]);
        },
      ),
      { numRuns: 300 },
    );
    // A long thin box has more runs than are read one by one.
    const block = randomBlock("uint16", [30, 40], 1);
    const region = { start: [0, 1], shape: [600, 1] };
    const computed = runRegionOp(reshapeOp, {}, [block], { shape: [600, 2], dtype: "uint16" }, region);
    expect([...computed.data]).toEqual([...block.data].filter((_, i) => i % 2 === 1));
  });

  it("squeezes, expands, swaps, moves and turns axes", async () => {
    const block = randomBlock("uint8", [3, 1, 4, 5], 2);
    const array = inMemory(block, { chunks: [2, 1, 3, 2] });
    await expectEqual(array.squeeze(), { ...block, shape: [3, 4, 5] });
    await expectEqual(array.squeeze(1).expandDims([0, -1]), { ...block, shape: [1, 3, 4, 5, 1] });
    await expectEqual(
      array.swapaxes(0, -1),
      arranged(block, [5, 1, 4, 3], ([a, b, c, d]) => [d!, b!, c!, a!]),
    );
    await expectEqual(
      array.moveaxis([0, 3], [-1, 0]),
      arranged(block, [5, 1, 4, 3], ([d, b, c, a]) => [a!, b!, c!, d!]),
    );
    // numpy.rot90: result[i, j] is the element at [j, n - 1 - i].
    const turned = arranged(block, [3, 1, 5, 4], ([a, b, i, j]) => [a!, b!, j!, 4 - i!]);
    await expectEqual(array.rot90(1, [2, 3]), turned);
    await expectEqual(array.rot90(-3, [2, 3]), turned);
    await expectEqual(array.rot90(1, [2, 3]).rot90(3, [2, 3]), block);
    await expectEqual(array.rot90(2, [2, 3]), await evaluate(array.flip([2, 3])));
    expect(() => array.squeeze(0)).toThrow(/3 elements, not 1/);
    expect(() => array.moveaxis([0, 0], [1, 2])).toThrow(/twice/);
    expect(() => array.expandDims(7)).toThrow(/not one of the 5 axes/);
  });

  it("repeats, tiles and broadcasts", async () => {
    await fc.assert(
      fc.asyncProperty(
        stored,
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
        async (spec, reps) => {
          const { block, array } = await opened(spec);
          const { shape } = block;
          const axis = reps.length % shape.length;
          await expectEqual(
            array.repeat(reps[0]!, axis),
            arranged(
              block,
              shape.map((n, i) => (i === axis ? n * reps[0]! : n)),
              (c) => c.map((k, i) => (i === axis ? Math.floor(k / reps[0]!) : k)),
            ),
          );
          const rank = Math.max(shape.length, reps.length);
          const full = [...new Array<number>(rank - shape.length).fill(1), ...shape];
          const times = [...new Array<number>(rank - reps.length).fill(1), ...reps];
          await expectEqual(
            array.tile(reps),
            arranged(
              block,
              full.map((n, i) => n * times[i]!),
              (c) => c.slice(rank - shape.length).map((k, i) => k % shape[i]!),
            ),
          );
        },
      ),
      { numRuns: 40 },
    );
    const block = randomBlock("int16", [1, 4, 1], 3);
    const array = inMemory(block, { chunks: [1, 3, 1] });
    await expectEqual(
      array.broadcastTo([2, 3, 4, 5]),
      arranged(block, [2, 3, 4, 5], ([, , y]) => [0, y!, 0]),
    );
    expect(() => array.broadcastTo([1, 3, 1])).toThrow(/can't be broadcast/);
    expect(() => array.repeat(-1, 0)).toThrow(/not a whole number/);
  });

  it("says what it can't do", async () => {
    const array = inMemory(randomBlock("uint8", [4, 6], 1), { chunks: [2, 3] });
    expect(() => array.take([4], 0)).toThrow(/out of range of axis dim_0/);
    expect(() => array.reshape([5, 5])).toThrow(/can't be reshaped/);
    expect(() => array.reshape([-1, -1])).toThrow(/can't be reshaped/);
    expect(() => array.roll([1, 2], [0, 1, 0])).toThrow(/don't fit/);
    expect(() => array.roll(0.5)).toThrow(/not a whole number/);
  });
});

function shapeOf(factors: readonly number[], cuts: readonly boolean[]): number[] {
  const shape: number[] = [1];
  for (const [i, factor] of factors.entries()) {
    if (cuts[i]) shape.push(factor);
    else shape[shape.length - 1]! *= factor;
  }
  return shape;
}
