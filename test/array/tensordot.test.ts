import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newBlock } from "../../shared/block/block.ts";
import { promote } from "../../shared/block/promote.ts";
import { tensordot } from "../../shared/index.ts";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { randomBlock } from "../support/lazy.ts";
import { at, coordinates, regionOfBlock } from "../support/pad.ts";
import { anyRegion } from "../support/region-op.ts";

const dtypes = fc.constantFrom("bool", "uint8", "int16", "int32", "int64", "float16", "float32", "float64");
const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 });

describe("tensordot", () => {
  it("sums products over axes as numpy does, in any box", async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        sizes,
        sizes,
        dtypes,
        dtypes,
        fc.nat({ max: 999 }),
        async (freeA, summed, freeB, one, other, seed) => {
          // The summed axes of the first lie last and turned around, those of the second lie first.
          const a = randomBlock(one, [...freeA, ...summed.toReversed()], 1);
          const b = randomBlock(other, [...summed, ...freeB], 2);
          const n = summed.length;
          const dtype = promote(one, other);
          const pairs = [summed.map((_, i) => freeA.length + n - 1 - i), summed.map((_, i) => i)] as const;
          const lazy = tensordot(inMemory(a), inMemory(b), pairs);
          const expected = newBlock(dtype, [...freeA, ...freeB]);
          let i = 0;
          for (const free of coordinates(expected.shape)) {
            let float = 0;
            let whole = 0n;
            for (const k of coordinates(summed)) {
              const left = at(a, [...free.slice(0, freeA.length), ...k.toReversed()]);
              const right = at(b, [...k, ...free.slice(freeA.length)]);
              if (dtype.startsWith("float")) float += Number(left) * Number(right);
              else whole += BigInt(left) * BigInt(right);
            }
            const value = dtype.startsWith("float") ? float : dtype === "bool" ? Number(whole > 0n) : whole;
            // Storing wraps whole numbers.
            expected.data[i++] = (
              typeof value === "bigint" && !dtype.endsWith("64") ? Number(BigInt.asIntN(32, value)) : value
            ) as never;
          }
          const whole = await evaluate(lazy);
          expect(whole.dtype).toBe(dtype);
          expect(whole.shape).toEqual([...expected.shape]);
          expect([...whole.data]).toEqual([...expected.data]);
          if (expected.shape.length === 0) return;
          const [region] = fc.sample(anyRegion(expected.shape), { numRuns: 1, seed });
          expect([...(await evaluate(lazy, region)).data]).toEqual([...regionOfBlock(whole, region!).data]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("names the axes that are left, and refuses what doesn't match", () => {
    const a = inMemory(randomBlock("uint8", [2, 3, 4], 1));
    const b = inMemory(randomBlock("uint8", [3, 4, 5], 2));
    expect(a.tensordot(b).shape).toEqual([2, 5]);
    expect(a.tensordot(b).axes.map((axis) => axis.name)).toEqual(["dim_0", "dim_2"]);
    expect(a.tensordot(b, 0).axes.map((axis) => axis.name)).toEqual([
      "dim_0",
      "dim_1",
      "dim_2",
      "dim_0_2",
      "dim_1_2",
      "dim_2_2",
    ]);
    expect(a.tensordot(b, ["dim_1", 0]).shape).toEqual([2, 4, 4, 5]);
    expect(() => a.tensordot(b, 1)).toThrow(/axis dim_2 of memory has 4 elements/);
    expect(() => a.tensordot(b, 4)).toThrow(/can't be summed over/);
    expect(() => a.tensordot(b, [[0, 1], [0]])).toThrow(/not pairs/);
  });
});

describe("diff", () => {
  it("equals numpy's for any dtype, times and axis", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
        dtypes,
        fc.integer({ min: 0, max: 4 }),
        fc.nat({ max: 2 }),
        fc.nat({ max: 999 }),
        async (shape, dtype, n, which, seed) => {
          const axis = which % shape.length;
          let expected = randomBlock(dtype, shape, 4);
          const lazy = inMemory(expected).diff(n, axis);
          for (let i = 0; i < n; i++) {
            const next = newBlock(
              dtype,
              expected.shape.map((size, k) => (k === axis ? Math.max(0, size - 1) : size)),
            );
            let k = 0;
            for (const coords of coordinates(next.shape)) {
              const low = at(expected, coords) as number;
              const high = at(
                expected,
                coords.map((c, j) => (j === axis ? c + 1 : c)),
              ) as number;
              next.data[k++] = (dtype === "bool" ? Number(high !== low) : high - low) as never;
            }
            expected = next;
          }
          expect(lazy.shape).toEqual([...expected.shape]);
          const whole = await evaluate(lazy);
          expect([...whole.data]).toEqual([...expected.data]);
          const [region] = fc.sample(anyRegion(lazy.shape), { numRuns: 1, seed });
          expect([...(await evaluate(lazy, region)).data]).toEqual([...regionOfBlock(whole, region!).data]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
