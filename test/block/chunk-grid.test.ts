import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import {
  blocksMeeting,
  chunkRegion,
  chunksMeeting,
  gridShape,
  largestBlock,
  normalizeChunkShape,
  offsetsOf,
  regularChunks,
  regularShape,
} from "../../shared/block/chunk-grid.ts";
import { intersect, isEmpty, regionOf, stopOf } from "../../shared/block/region.ts";

const axis = fc.record({
  n: fc.integer({ min: 0, max: 20 }),
  chunk: fc.integer({ min: 1, max: 24 }),
  from: fc.integer({ min: 0, max: 20 }),
  to: fc.integer({ min: 0, max: 20 }),
});

describe("regular chunks", () => {
  it("cover an axis, are regular, and give the grid", () => {
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 4 }), (axes) => {
        const shape = axes.map((a) => a.n);
        const chunkShape = axes.map((a) => a.chunk);
        const chunks = regularChunks(shape, chunkShape);
        expect(chunks.map((blocks) => blocks.reduce((a, b) => a + b, 0))).toEqual(shape);
        expect(chunks.map((blocks) => blocks.length)).toEqual(gridShape(shape, chunkShape));
        expect(regularShape(chunks)).toEqual(shape.map((n, i) => Math.min(n, chunkShape[i]!)));
        expect(largestBlock(chunks)).toEqual(regularShape(chunks));
        for (const [i, blocks] of chunks.entries()) {
          expect(offsetsOf(blocks)).toEqual(blocks.map((_, k) => k * (blocks[0] ?? 0)));
          expect(blocks.length).toBe(Math.max(1, Math.ceil(shape[i]! / chunkShape[i]!)));
        }
      }),
    );
  });

  it("are told from irregular ones", () => {
    expect(regularShape([[5, 5, 3]])).toEqual([5]);
    expect(regularShape([[5, 3, 5]])).toBeUndefined();
    expect(regularShape([[5, 6]])).toBeUndefined();
  });
});

describe("chunksMeeting and blocksMeeting", () => {
  it("give each chunk that shares an element with a region once, in C order", () => {
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 3 }), (axes) => {
        const shape = axes.map((a) => a.n);
        const chunkShape = axes.map((a) => a.chunk);
        const start = axes.map((a) => Math.min(a.from, a.n));
        const region = regionOf(
          start,
          axes.map((a, i) => Math.max(start[i]!, Math.min(a.to, a.n))),
        );
        const grid = gridShape(shape, chunkShape);
        const all = Array.from({ length: sizeOf(grid) }, (_, i) => {
          let rest = i;
          return grid.map((_n, k) => {
            const below = sizeOf(grid.slice(k + 1));
            const c = Math.floor(rest / below);
            rest -= c * below;
            return c;
          });
        });
        const meeting = all.filter((c) => !isEmpty(intersect(region, chunkRegion(shape, chunkShape, c))));
        expect([...chunksMeeting(region, chunkShape)]).toEqual(meeting);
        expect([...blocksMeeting(region, regularChunks(shape, chunkShape))]).toEqual(
          meeting.map((c) => chunkRegion(shape, chunkShape, c)),
        );
      }),
    );
  });

  it("find irregular blocks", () => {
    const found = [...blocksMeeting({ start: [2], shape: [5] }, [[3, 1, 2, 4]])];
    expect(found.map((r) => [r.start[0], stopOf(r)[0]])).toEqual([
      [0, 3],
      [3, 4],
      [4, 6],
      [6, 10],
    ]);
  });
});

describe("normalizeChunkShape", () => {
  it("fills in ones, whole axes, and cuts at the array", () => {
    expect(normalizeChunkShape([16, 512, 512], [1, 2, 64, 300, 2048])).toEqual([1, 1, 16, 300, 512]);
    expect(normalizeChunkShape([-1, 4], [9, 9])).toEqual([9, 4]);
    expect(normalizeChunkShape([], [3, 4])).toEqual([1, 1]);
    expect(normalizeChunkShape([-1, 5], [0, 0])).toEqual([1, 1]);
  });

  it.each([[[1, 2, 3]], [[0]], [[2.5]], [[-2]], [[Number.NaN]]])("refuses %j on two axes", (wanted) => {
    expect(() => normalizeChunkShape(wanted, [4, 4])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
