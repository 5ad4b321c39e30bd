import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newBlock } from "../../shared/block/block.ts";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { randomBlock } from "../support/lazy.ts";
import { at, coordinates } from "../support/pad.ts";

describe("coarsen", () => {
  it("reduces windows, whatever the chunks, in numpy's dtypes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            n: fc.integer({ min: 1, max: 9 }),
            chunk: fc.integer({ min: 1, max: 5 }),
            factor: fc.integer({ min: 1, max: 4 }),
            out: fc.integer({ min: 1, max: 3 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.constantFrom("uint16" as const, "int8" as const, "float32" as const, "int64" as const),
        fc.constantFrom("sum" as const, "mean" as const, "max" as const, "min" as const),
        async (axes, dtype, reduction) => {
          const block = randomBlock(
            dtype,
            axes.map(({ n }) => n),
            4,
          );
          const array = inMemory(block, { chunks: axes.map(({ chunk }) => chunk) });
          const factors = axes.map(({ factor }) => factor);
          const coarse = array.coarsen(reduction, Object.fromEntries(factors.entries()), {
            trimExcess: true,
          });
          const shape = axes.map(({ n, factor }) => Math.floor(n / factor));
          expect(coarse.shape).toEqual(shape);
          expect(coarse.chunks.map((blocks) => blocks.reduce((a, b) => a + b, 0))).toEqual(shape);
          const expected = newBlock("float64", shape);
          let i = 0;
          for (const coords of coordinates(shape)) {
            const values = [...coordinates(factors)].map((inside) =>
              Number(
                at(
                  block,
                  coords.map((c, axis) => c * factors[axis]! + inside[axis]!),
                ),
              ),
            );
            const sum = values.reduce((a, b) => a + b, 0);
            expected.data[i++] = {
              sum,
              mean: sum / values.length,
              max: Math.max(...values),
              min: Math.min(...values),
            }[reduction];
          }
          for (const out of [coarse, coarse.rechunk(axes.map((a) => a.out))]) {
            const { data } = await evaluate(out);
            for (const [k, value] of [...data].entries())
              expect(Number(value)).toBeCloseTo(Number(expected.data[k]), dtype === "float32" ? 2 : 8);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("has numpy's dtypes, and the spread of windows", async () => {
    const array = inMemory(randomBlock("uint16", [4, 6], 1), { chunks: [3, 4] });
    expect(array.coarsen("sum", { 0: 2 }).dtype).toBe("uint64");
    expect(array.coarsen("mean", { 0: 2 }).dtype).toBe("float64");
    expect(array.coarsen("max", { 0: 2 }).dtype).toBe("uint16");
    expect(array.astype("float32").coarsen("std", { 1: 3 }).dtype).toBe("float32");
    const pair = inMemory(
      { dtype: "float64", shape: [4], data: Float64Array.of(1, 3, 5, 11) },
      { chunks: [3] },
    );
    expect([...(await evaluate(pair.coarsen("std", { 0: 2 }))).data]).toEqual([1, 3]);
    expect([...(await evaluate(pair.coarsen("var", { 0: 2 }))).data]).toEqual([1, 9]);
  });

  it("gives windows of large blocks the same values as of small ones", async () => {
    const array = inMemory(randomBlock("float64", [6, 40, 300], 9), { chunks: [6, 40, 300] });
    const windows = array.coarsen("mean", { 0: 3, 2: 2 });
    const whole = await evaluate(windows);
    const parts = await evaluate(windows.rechunk([1, 7, 20]));
    expect([...parts.data]).toEqual([...whole.data]);
  });

  it("refuses windows that don't fit, and unknown reductions", async () => {
    const array = inMemory(randomBlock("uint8", [4, 6], 1), { chunks: [2, 3] });
    expect(() => array.coarsen("mean", { 0: 3 })).toThrow(/windows of 3 don't fill axis dim_0 of 4/);
    expect(() => array.coarsen("mean", { 0: 0 })).toThrow(/not a whole number/);
    expect(() => array.coarsen("mode" as "mean", { 0: 2 })).toThrow(/no reduction "mode"/);
    expect(() => array.coarsen("mean", { z: 2 })).toThrow(/not an axis/);
  });
});
