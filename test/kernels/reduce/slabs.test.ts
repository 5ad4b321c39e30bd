import fc from "fast-check";
import { expect, it } from "vitest";
import { sizeOf, stridesOf } from "../../../shared/block/block.ts";
import type { Slab } from "../../../shared/kernels/reduce/accumulator.ts";
import { slabs, split } from "../../../shared/kernels/reduce/slabs.ts";
import { someAxes } from "./arrays.ts";

/** For each input element, the output it goes to, as the slabs say; every element must come once. */
function destinations(pieces: Iterable<Slab>, size: number): number[] {
  const to = new Array<number>(size).fill(-1);
  for (const { src, at, outer, reduced, inner } of pieces) {
    for (let i = 0; i < outer * reduced * inner; i++) {
      expect(to[src + i]).toBe(-1);
      to[src + i] = at + Math.floor(i / (reduced * inner)) * inner + (i % inner);
    }
  }
  return to;
}

const cases = fc
  .array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 })
  .chain((shape) => fc.tuple(fc.constant(shape), someAxes(shape), fc.integer({ min: 1, max: 50 })));

it("takes every element once, to its output, whole or split", () => {
  fc.assert(
    fc.property(cases, ([shape, axes, elements]) => {
      const strides = stridesOf(shape);
      const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const outStrides = stridesOf(kept.map((axis) => shape[axis]!));
      const expected = Array.from({ length: sizeOf(shape) }, (_, i) =>
        kept.reduce(
          (at, axis, k) => at + (Math.floor(i / strides[axis]!) % shape[axis]!) * outStrides[k]!,
          0,
        ),
      );
      const whole = [...slabs(shape, axes)];
      expect(destinations(whole, sizeOf(shape))).toEqual(expected);
      const parts = whole.flatMap((slab) => [...split(slab, elements)]);
      expect(destinations(parts, sizeOf(shape))).toEqual(expected);
      const together = whole.flatMap((slab) => [...split(slab, elements, true)]);
      expect(destinations(together, sizeOf(shape))).toEqual(expected);
      for (const { outer, reduced, inner } of parts) {
        expect(outer * reduced * inner).toBeLessThanOrEqual(Math.max(elements, inner));
      }
    }),
    { numRuns: 1000 },
  );
});

it("takes an ordinary reduction in one piece", () => {
  expect([...slabs([4, 5, 6], [0])]).toEqual([{ src: 0, at: 0, outer: 1, reduced: 4, inner: 30, first: 0 }]);
  expect([...slabs([4, 5, 6], [1])]).toEqual([{ src: 0, at: 0, outer: 4, reduced: 5, inner: 6, first: 0 }]);
  expect([...slabs([4, 5, 6], [2])]).toEqual([{ src: 0, at: 0, outer: 20, reduced: 6, inner: 1, first: 0 }]);
  expect([...slabs([4, 5, 6], [0, 1, 2])]).toEqual([
    { src: 0, at: 0, outer: 1, reduced: 120, inner: 1, first: 0 },
  ]);
  expect([...slabs([4, 5, 6], [0, 2])]).toHaveLength(4);
});

it("leaves rows together for those that take columns of them", () => {
  const [slab] = [...slabs([20, 100], [0])] as [Slab];
  const rows = (elements: number, together: boolean): number[] =>
    [...split(slab, elements, together)].map(({ reduced }) => reduced);
  expect(rows(150, false)).toHaveLength(20);
  expect(rows(150, true)).toEqual([8, 8, 4]);
  expect(rows(50, true)).toEqual([20]);
});
