import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { DTYPES, type DType, isBigInt, isFloat } from "../../shared/block/dtype.ts";
import type { LazyArray } from "../../shared/index.ts";
import { binEdges, PERCENTILE_METHODS, THRESHOLD_NAMES } from "../../shared/kernels/tally/index.ts";
import { expectGolden, reduceCases } from "../kernels/reduce/golden-cases.ts";
import { goldenBlock } from "../support/golden.ts";
import { expectSame } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-tally-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const shape = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 0, maxLength: 5 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 300) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 5, maxLength: 5 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.max(Math.ceil(n / 3), Math.min(n, chunks[axis]!)));

/** Computes the same of two chunkings, whose results must agree. */
async function both(
  block: Block,
  chunkings: readonly (readonly number[])[],
  of: (image: LazyArray) => LazyArray,
): Promise<Block> {
  const [a, b] = await Promise.all(
    chunkings.map(async (chunks, i) => {
      const image = await lazyOf(folder, block, within(chunks, block.shape));
      return asBlock(await of(image).compute({ workers: 1 + i }));
    }),
  );
  expectSame(b!, a!);
  return a!;
}

describe("golden values of numpy, dask and scikit-image", () => {
  it.each(reduceCases(/^(hist256|percentiles_vol|threshold_)/))("$id", async (golden) => {
    const { op, params, inputs } = golden;
    const image = await lazyOf(folder, goldenBlock(inputs[0]!), [...golden.chunks]);
    const name = op.replace("threshold_", "") as (typeof THRESHOLD_NAMES)[number] | "mean";
    const result =
      op === "histogram"
        ? image.histogram(params as { bins: number; range: [number, number] })
        : op === "percentile"
          ? image.percentile(params["q"] as number[], { method: "linear" })
          : image[name](params as object);
    expectGolden(asBlock(await result.compute()), golden);
  });

  // skimage.filters.threshold_*(image), of what `bimodal` makes
  const expected = {
    uint8: { otsu: 104, li: 110.54063326462934, yen: 101, triangle: 105, isodata: 127 },
    int16: { otsu: -16, li: -9.459366735370665, yen: -19, triangle: -15, isodata: 7 },
    uint16: { otsu: 104, li: 110.54063326462934, yen: 101, triangle: 105, isodata: 127 },
    int32: { otsu: -16, li: -9.459366735370665, yen: -19, triangle: -15, isodata: 7 },
    int64: { otsu: -16, li: -9.459366735370665, yen: -19, triangle: -15, isodata: 7 },
    float16: { otsu: 14.8125, li: 15.7890625, yen: 14.3828125, triangle: 14.953125, isodata: 18.0625 },
    float32: {
      otsu: 14.811941146850586,
      li: 15.791519165039062,
      yen: 14.38671875,
      triangle: 14.953682899475098,
      isodata: 18.07198715209961,
    },
    float64: {
      otsu: 14.811941964285715,
      li: 15.791519037804186,
      yen: 14.38671875,
      triangle: 14.953683035714285,
      isodata: 18.071986607142854,
    },
  } as const;

  function bimodal(dtype: DType): Block {
    const block = newBlock(dtype, [30, 100]);
    for (let i = 0; i < block.data.length; i++) {
      const value = ((i * 37) % 101) + (i % 3 === 0 ? 150 : 0) + ((i * i) % 7);
      const whole = dtype.startsWith("int") ? value - 120 : value;
      block.data[i] = (isFloat(dtype) ? value / 7 : isBigInt(dtype) ? BigInt(whole) : whole) as never;
    }
    return block;
  }

  it.each(Object.keys(expected) as (keyof typeof expected)[])("thresholds of %s", async (dtype) => {
    const image = await lazyOf(folder, bimodal(dtype), [8, 33]);
    for (const name of THRESHOLD_NAMES) {
      const { data, dtype: result } = await image[name]().compute();
      const want = expected[dtype][name];
      if (name === "li") {
        // of floats from a histogram instead of all pixels
        const digits = dtype === "float16" ? 0.02 : isFloat(dtype) ? 1e-3 : 1e-9;
        expect(Math.abs(Number(data[0]) - want)).toBeLessThan(digits);
        expect(result).toBe(isFloat(dtype) ? dtype : "float64");
      } else {
        expect(Number(data[0]), name).toBe(want);
        expect(result).toBe(isFloat(dtype) ? dtype : "int64");
      }
    }
  });

  it("li of floats ends where only the least value lies below, as scikit-image's", async () => {
    const block = newBlock("float32", [4, 4]);
    for (let i = 8; i < 16; i++) block.data[i] = (1 + (i - 8) / 4) as never;
    const image = await lazyOf(folder, block, [3, 4]);
    expect((await image.li().compute()).data[0]).toBeCloseTo(0.9375, 5);
  });

  it("histograms between minimum and maximum, with their edges", async () => {
    const counts = [237, 238, 238, 208, 237, 238, 208, 237, 238, 208, 238, 237, 238];
    for (const dtype of ["uint8", "float32"] as const) {
      const block = newBlock(dtype, [60, 50]);
      for (let i = 0; i < 3000; i++)
        block.data[i] = (((i * 37) % 101) / (dtype === "uint8" ? 1 : 7)) as never;
      const image = await lazyOf(folder, block, [13, 50]);
      expect([...(await image.histogram({ bins: 13 }).compute()).data].map(Number)).toEqual(counts);
      const edges = await image.histogramBinEdges({ bins: 13 }).compute();
      expect(edges.dtype).toBe(dtype === "uint8" ? "float64" : "float32");
      expect([...edges.data].slice(0, 4)).toEqual(
        dtype === "uint8"
          ? [0, 7.6923076923076925, 15.384615384615385, 23.076923076923077]
          : [0, 1.0989010334014893, 2.1978020668029785, 3.2967031002044678],
      );
    }
  });
});

describe("whole-array counts", () => {
  it("histogram equals a plain loop, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...DTYPES),
        fc.integer({ min: 1, max: 40 }),
        fc.option(fc.constantFrom<[number, number]>([0, 100], [-20, 55.5], [7, 7])),
        fc.tuple(chunking, chunking),
        fc.nat({ max: 1e6 }),
        async (dims, dtype, bins, range, chunks, seed) => {
          const block = randomBlock(dtype, dims, seed);
          const got = await both(block, chunks, (image) =>
            image.histogram({ bins, ...(range ? { range } : {}) }),
          );
          const values = [...block.data].map(Number);
          const [low, high] = range ?? [Math.min(...values), Math.max(...values)];
          const edges = binEdges(bins, low, high, dtype, range === null);
          const want = new BigInt64Array(bins);
          for (const value of values) {
            if (value < edges[0]! || value > edges[bins]!) continue;
            const bin = edges.findLastIndex((edge) => edge <= value);
            want[Math.min(bin, bins - 1)]!++;
          }
          expectSame(got, { dtype: "int64", shape: [bins], data: want });
        },
      ),
      { numRuns: 10 },
    );
  });

  it("percentile equals sorting, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...DTYPES),
        fc.array(fc.oneof(fc.constantFrom(0, 50, 100), fc.double({ min: 0, max: 100, noNaN: true })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom(...PERCENTILE_METHODS),
        fc.tuple(chunking, chunking),
        fc.nat({ max: 1e6 }),
        async (dims, dtype, q, method, chunks, seed) => {
          const block = randomBlock(dtype, dims, seed);
          const got = await both(block, chunks, (image) => image.percentile(q, { method }));
          const sorted = [...block.data].map(Number).sort((a, b) => a - b);
          const want = q.map((one) => {
            const place = (sorted.length - 1) * (one / 100);
            const [a, b] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
            const t = place - Math.floor(place);
            if (method === "lower") return a;
            if (method === "higher") return b;
            if (method === "midpoint") return (a + b) / 2;
            if (method === "nearest") return t > 0.5 || (t === 0.5 && Math.floor(place) % 2 === 1) ? b : a;
            return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
          });
          expect([...got.data]).toEqual(want);
        },
      ),
      { numRuns: 10 },
    );
  });

  it("percentile finds 64-bit integers and floats of any magnitude and sign", async () => {
    const wide = newBlock("int64", [7]);
    (wide.data as BigInt64Array).set([-(2n ** 63n), 5n, -1n, 2n ** 62n, 0n, 2n ** 40n, -(2n ** 33n)]);
    const ints = await lazyOf(folder, wide, [2]);
    expect([...(await ints.percentile([0, 50, 100], { method: "lower" }).compute()).data]).toEqual([
      -(2 ** 63),
      0,
      2 ** 62,
    ]);
    const floats = newBlock("float64", [6]);
    (floats.data as Float64Array).set([1e-300, -1e300, Infinity, -0.5, 3, 1e10]);
    const image = await lazyOf(folder, floats, [4]);
    expect([...(await image.percentile([0, 20, 40, 60, 80, 100]).compute()).data]).toEqual([
      -1e300,
      -0.5,
      1e-300,
      3,
      1e10,
      Infinity,
    ]);
    expect((await image.median().compute()).shape).toEqual([]);
    (floats.data as Float64Array)[2] = NaN;
    const broken = await lazyOf(folder, floats, [4]);
    expect([...(await broken.percentile([0, 50]).compute()).data]).toEqual([NaN, NaN]);
  });

  it("thresholds don't depend on chunks, feed masks, and give an image of one value that value", async () => {
    const block = randomBlock("float32", [9, 14, 10], 5);
    const values = [...block.data].map(Number);
    for (const name of THRESHOLD_NAMES) {
      const cut = Number(
        (
          await both(
            block,
            [
              [9, 14, 10, 1, 1],
              [2, 5, 3, 1, 1],
            ],
            (i) => i[name](),
          )
        ).data[0],
      );
      const title = `threshold${name[0]!.toUpperCase()}${name.slice(1)}` as "thresholdOtsu";
      const mask = await (await lazyOf(folder, block, [4, 5, 6]))[title]().compute();
      expect(mask.dtype).toBe("bool");
      expect([...mask.data]).toEqual(values.map((value) => Number(value > cut)));
    }
    for (const dtype of ["uint8", "int32", "float32"] as const) {
      const flat = newBlock(dtype, [5, 5]);
      flat.data.fill(7 as never);
      const image = await lazyOf(folder, flat, [2, 5]);
      for (const name of THRESHOLD_NAMES)
        expect(Number((await image[name]().compute()).data[0]), name).toBe(7);
    }
  });

  it("rescale stretches by the whole array's range, percentiles, or what is given", async () => {
    const block = randomBlock("uint16", [9, 20], 8);
    const values = [...block.data].map(Number);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const image = await lazyOf(folder, block, [4, 7]);
    const unit = await image.rescale({ outRange: [0, 1] }).compute();
    expect([...unit.data]).toEqual(values.map((value) => (value - low) / (high - low)));
    const [p, q] = [...(await image.percentile([10, 90]).compute()).data];
    const cut = await image.rescale({ inRange: { percentiles: [10, 90] }, outRange: [0, 1] }).compute();
    const clipped = values.map((value) => Math.min(q!, Math.max(p!, value)));
    expect([...cut.data]).toEqual(clipped.map((value) => (value - p!) / (q! - p!)));
    const own = await image.rescale({ inRange: [0, 100], outRange: "image" }).compute();
    expect(own.dtype).toBe("uint16");
    expect([...own.data]).toEqual(
      values.map((value) => Math.floor((Math.min(100, value) / 100) * (high - low) + low)),
    );
    expect((await image.rescale().compute()).dtype).toBe("uint16");
  });

  it("refuse what has no answer", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [4, 5], 1), [2, 3]);
    const bad = expect.objectContaining({ code: "INVALID_ARGUMENT" });
    expect(() => image.histogram({ bins: 0 })).toThrow(bad);
    expect(() => image.histogram({ range: [3, 1] })).toThrow(bad);
    expect(() => image.percentile(101)).toThrow(bad);
    expect(() => image.percentile([])).toThrow(bad);
    expect(() => image.percentile(5, { method: "weird" as never })).toThrow(bad);
    const none = await lazyOf(folder, randomBlock("float32", [0, 5], 1), [2, 3]);
    expect(() => none.otsu()).toThrow(bad);
    expect(() => none.median()).toThrow(bad);
    expect([...(await none.histogram({ bins: 3 }).compute()).data]).toEqual([0n, 0n, 0n]);
    const bytes = await lazyOf(folder, randomBlock("uint8", [4, 5], 1), [2, 3]);
    expect(() => bytes.otsu({ nbins: 10 })).toThrow(/one bin a value/);
    const wide = await lazyOf(
      folder,
      { dtype: "int32", shape: [2], data: new Int32Array([0, 2 ** 30]) },
      [2],
    );
    await expect(wide.otsu().compute()).rejects.toThrow(/spread over/);
    const nan = await lazyOf(folder, { dtype: "float32", shape: [2], data: new Float32Array([0, NaN]) }, [2]);
    await expect(nan.histogram().compute()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
