import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { DTYPES, isFloat } from "../../shared/block/dtype.ts";
import type { LazyArray, ReduceOptions } from "../../shared/index.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";
import { coordinates } from "../support/pad.ts";
import { Draw, MORE, seeds, telling } from "./draw.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-reductions-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const known = (values: readonly number[]): number[] => values.filter((x) => !Number.isNaN(x));
const variance = (values: readonly number[], ddof: number): number =>
  sum(values.map((x) => (x - mean(values)) ** 2)) / (values.length - ddof);
const least = (values: readonly number[]): number =>
  values.reduce((a, b) => (b < a || Number.isNaN(b) ? b : a));
const most = (values: readonly number[]): number =>
  values.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a));

/** Each reduction by a plain loop over the elements that become one. */
/** As numpy.nanvar: NaN where there are no more elements than `ddof`. */
function knownVariance(values: readonly number[], ddof: number): number {
  const there = known(values);
  return there.length > ddof ? variance(there, ddof) : Number.NaN;
}

const PLAIN: { readonly [name: string]: (values: readonly number[], ddof: number) => number } = {
  sum,
  mean,
  var: variance,
  std: (values, ddof) => Math.sqrt(variance(values, ddof)),
  min: least,
  max: most,
  any: (values) => Number(values.some((x) => x !== 0)),
  all: (values) => Number(values.every((x) => x !== 0)),
  nansum: (values) => sum(known(values)),
  nanmean: (values) => mean(known(values)),
  nanvar: (values, ddof) => knownVariance(values, ddof),
  nanstd: (values, ddof) => Math.sqrt(knownVariance(values, ddof)),
  nanmin: (values) => (known(values).length ? least(known(values)) : Number.NaN),
  nanmax: (values) => (known(values).length ? most(known(values)) : Number.NaN),
};

/** The elements of each element of the result, in C order. */
function groups(block: Block, axes: readonly number[]): number[][] {
  const kept = block.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const found = Array.from({ length: sizeOf(kept) }, (): number[] => []);
  let i = 0;
  for (const at of coordinates(block.shape)) {
    const place = at.reduce((sum, c, axis) => sum * kept[axis]! + (axes.includes(axis) ? 0 : c), 0);
    found[place]!.push(Number(block.data[i++]));
  }
  return found;
}

test.each(Object.keys(PLAIN))("%s equals a plain loop", async (name) => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const draw = new Draw(seed);
      const dtype = draw.pick(DTYPES);
      const shape = draw.shape(1, 5, 300).map((n) => Math.max(1, n));
      const block = randomBlock(dtype, shape, seed % 1e6);
      if (isFloat(dtype) && draw.chance(50))
        block.data[draw.int(0, block.data.length - 1)] = Number.NaN as never;
      const axes = draw.shuffled(shape.map((_, i) => i)).slice(0, draw.int(1, shape.length));
      const ddof = /var|std/.test(name) ? draw.int(0, 1) : 0;
      const options: ReduceOptions = {
        axis: axes,
        keepdims: draw.chance(50),
        splitEvery: draw.int(2, 5),
        ...(ddof ? { ddof } : {}),
      };
      const image = await lazyOf(folder, block, draw.chunks(shape));
      const reduce = image[name as "sum"] as (options: ReduceOptions) => LazyArray;
      const got = [...(await reduce.call(image, options).compute({ workers: 1 })).data].map(Number);
      const want = groups(block, axes).map((values) => PLAIN[name]!(values, ddof));
      await telling(
        () => ({ dtype, shape, options, seed }),
        async () => {
          expect(got).toHaveLength(want.length);
          const digits = dtype === "float16" ? 1e-3 : 1e-6;
          for (const [i, value] of want.entries()) {
            if (Number.isFinite(value))
              expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(digits * (1 + Math.abs(value)));
            else expect(got[i]).toBe(value);
          }
        },
      );
    }),
    { numRuns: 12 * MORE },
  );
});
