import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IndexEntry, parseIndex, resolveSlice } from "../../shared/array/index-expression.ts";
import type { Axis } from "../../shared/block/axes.ts";
import { type Block, newBlock, sizeOf, stridesOf } from "../../shared/block/block.ts";
import { gaussian } from "../../shared/kernels/index.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-view-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sliceEntry: fc.Arbitrary<IndexEntry> = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -3, max: 3 }),
  fc.record(
    {
      start: fc.integer({ min: -9, max: 9 }),
      stop: fc.integer({ min: -9, max: 9 }),
      step: fc.constantFrom(-3, -2, -1, 1, 2, 3),
    },
    { requiredKeys: [] },
  ),
);

/** numpy's basic indexing, one element at a time. */
function indexed(block: Block, entries: readonly IndexEntry[]): Block {
  const strides = stridesOf(block.shape);
  let origin = 0;
  let axis = 0;
  const picks: number[][] = [];
  for (const entry of entries) {
    if (entry === null) {
      picks.push([0]);
      continue;
    }
    const n = block.shape[axis]!;
    if (typeof entry === "number") origin += (entry < 0 ? entry + n : entry) * strides[axis]!;
    else {
      const { start, step, count } = resolveSlice(entry, n, "test");
      picks.push(Array.from({ length: count }, (_, i) => (start + i * step) * strides[axis]!));
    }
    axis++;
  }
  const result = newBlock(
    block.dtype,
    picks.map((p) => p.length),
  );
  const inner = stridesOf(result.shape);
  for (let i = 0; i < sizeOf(result.shape); i++) {
    let at = origin;
    for (const [k, pick] of picks.entries()) at += pick[Math.floor(i / inner[k]!) % pick.length]!;
    result.data[i] = block.data[at] as never;
  }
  return result;
}

describe("views", () => {
  it("slices as numpy does, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 4, max: 7 }), fc.integer({ min: 1, max: 8 }), sliceEntry), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.constantFrom("uint8" as const, "int64" as const, "float32" as const),
        async (axes, dtype) => {
          const entries = axes.map(([, , entry]) => entry);
          const given = axes.filter(([, , entry]) => entry !== null);
          const shape = given.map(([n]) => n);
          const block = randomBlock(dtype, shape, shape.length);
          const array = await lazyOf(
            folder,
            block,
            given.map(([, chunk]) => chunk),
          );
          const lazy = array.slice(entries);
          const expected = indexed(block, entries);
          expect(lazy.shape).toEqual(expected.shape);
          expect(lazy.chunks.map((blocks) => blocks.reduce((a, b) => a + b, 0))).toEqual([...expected.shape]);
          const computed = await lazy.compute({ workers: 1 });
          expect([...computed.data]).toEqual([...expected.data]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("transposes, flips, and goes on with kernels", async () => {
    const block = randomBlock("uint16", [5, 6, 7], 3);
    const array = await lazyOf(folder, block, [2, 4, 3]);
    const turned = array.transpose([2, 0, 1]);
    const turnedData = (await turned.compute({ workers: 1 })).data;
    for (let z = 0; z < 5; z++)
      for (let y = 0; y < 6; y++)
        for (let x = 0; x < 7; x++)
          expect(turnedData[(x * 5 + z) * 6 + y]).toBe(block.data[(z * 6 + y) * 7 + x]);
    const flipped = await array.flip([0, 2]).compute({ workers: 1 });
    expect([...flipped.data]).toEqual([...indexed(block, [{ step: -1 }, {}, { step: -1 }]).data]);

    // Smoothing a slice is smoothing what the slice holds: its ends are ends.
    const part = indexed(block, [1, { start: 1 }, { step: 2 }]);
    const options = { depth: 8, boundary: "reflect" as const };
    const whole = await (await lazyOf(folder, part, part.shape))
      .mapOverlap(gaussian({ sigma: 1 }), options)
      .compute({ workers: 1 });
    const lazy = array.slice("1, 1:, ::2").mapOverlap(gaussian({ sigma: 1 }), options);
    expect([...(await lazy.compute({ workers: 1 })).data]).toEqual([...whole.data]);
    const after = array.mapOverlap(gaussian({ sigma: 1 }), options).slice("1, 1:, ::2");
    const all = await array.mapOverlap(gaussian({ sigma: 1 }), options).compute({ workers: 1 });
    const expected = indexed({ ...all, shape: [5, 6, 7] }, [1, { start: 1 }, { step: 2 }]);
    expect([...(await after.compute({ workers: 1 })).data]).toEqual([...expected.data]);
  });

  it("keeps axes, scales and channel names right", async () => {
    const axes: Axis[] = [
      { name: "c", type: "channel", scale: 1, translation: 0 },
      { name: "y", type: "space", unit: "micrometer", scale: 0.5, translation: 10 },
      { name: "x", type: "space", unit: "micrometer", scale: 0.5, translation: 0 },
    ];
    const array = await lazyOf(folder, randomBlock("uint8", [2, 8, 9], 1), [1, 8, 9], { axes });
    const sliced = array.slice("1, 2::2, ::-3");
    expect(sliced.axes).toEqual([
      { ...axes[1], scale: 1, translation: 11 },
      { ...axes[2], scale: 1.5, translation: 1 },
    ]);
    expect(array.sel({ y: [11, 13] }).axes[1]).toEqual({ ...axes[1], translation: 11 });
    expect(array.sel({ y: [11, 13] }).shape).toEqual([2, 4, 9]);
    expect(array.sel({ y: 12.1 }).shape).toEqual([2, 9]);
    expect(array.transpose(["x", "c", "y"]).axes.map((axis) => axis.name)).toEqual(["x", "c", "y"]);
  });

  it("selects the nearest element, to either end and no farther", async () => {
    const axes: Axis[] = [{ name: "x", type: "space", unit: "micrometer", scale: 0.5, translation: 10 }];
    const block = randomBlock("uint16", [6], 2);
    const array = await lazyOf(folder, block, [4], { axes });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.double({ min: -100, max: 100, noNaN: true }),
          fc.constantFrom(Number.NEGATIVE_INFINITY, 1e300),
        ),
        async (x) => {
          const { data } = await array.sel({ x }).compute({ workers: 1 });
          const distances = [...block.data].map((_, i) => Math.abs(10 + i * 0.5 - x));
          const nearest = Math.min(...distances);
          const near = [...block.data].filter((_, i) => distances[i]! <= nearest);
          if (Number.isFinite(x) && Math.abs(x) < 1e9) expect(near).toContain(data[0]);
          else expect(data[0]).toBe(block.data[x < 0 ? 0 : 5]);
        },
      ),
      { numRuns: 40 },
    );
    for (const x of [Number.NaN, [10, Number.NaN] as const, null as never]) {
      expect(() => array.sel({ x })).toThrow(
        expect.objectContaining({
          code: "INVALID_ARGUMENT",
          message: expect.stringMatching(/^step sel: .* is not a coordinate on axis x/),
          hint: expect.stringContaining("unit"),
        }),
      );
    }
    expect(() => array.slice("3:3").sel({ x: 10 })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", hint: expect.any(String) }),
    );
  });

  it("refuses an index that isn't of whole numbers", async () => {
    const array = await lazyOf(folder, randomBlock("uint8", [4, 5], 1), [2, 2]);
    const wrong = [1.5, Number.NaN, "1", undefined, { start: 0.5 }, { stop: Number.NaN }, { step: 1.5 }];
    for (const entry of [...wrong, { start: "1" }]) {
      expect(() => array.slice([0, entry] as IndexEntry[])).toThrow(
        expect.objectContaining({
          code: "INVALID_ARGUMENT",
          message: expect.stringMatching(/^step slice: .* is not a whole number$/),
          hint: expect.any(String),
        }),
      );
    }
    expect(array.slice([{ start: undefined as never, stop: 2 }, null]).shape).toEqual([2, 1, 5]);
  });

  it("parses indexes as numpy writes them, and says what is wrong with others", () => {
    expect(parseIndex("0, ..., ::2", 4, "s")).toEqual([0, {}, {}, { step: 2 }]);
    expect(parseIndex("-1, newaxis, 3:", 3, "s")).toEqual([-1, null, { start: 3 }, {}]);
    for (const text of ["a", "1,2,3", "1:2:3:4", "", "..., ..."]) {
      expect(() => parseIndex(text, 2, "crop")).toThrow(/step crop: index/);
    }
    expect(() => resolveSlice({ step: 0 }, 3, "crop")).toThrow("not zero");
  });
});
