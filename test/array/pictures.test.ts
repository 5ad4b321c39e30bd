import { readFileSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { fromZarr } from "../../shared/index.ts";
import { goldenBlock } from "../support/golden.ts";
import { imageAxes } from "../support/kernels.ts";
import { lazyOf, randomBlock, randomMask, storeBlock } from "../support/lazy.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-pictures-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

interface Golden {
  readonly watershed: readonly {
    readonly shape: number[];
    readonly connectivity: number;
    readonly image: number[];
    readonly markers: number[];
    readonly mask?: number[];
    readonly labels: number[];
  }[];
  readonly peakLocalMax: readonly {
    readonly shape: number[];
    readonly options: { readonly [name: string]: number | boolean };
    readonly image: number[];
    readonly peaks: number[];
  }[];
  readonly hysteresis: readonly {
    readonly shape: number[];
    readonly low: number;
    readonly high: number;
    readonly image: number[];
    readonly mask: number[];
  }[];
}
const golden = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, "../golden/data/objects.json"), "utf8"),
) as Golden;
const int16 = (shape: number[], values: readonly number[]): Block => ({
  dtype: "int16",
  shape,
  data: Int16Array.from(values),
});
const small = (shape: readonly number[]) => shape.map((n, axis) => Math.min(n, 4 + axis));

describe("golden values of scikit-image", () => {
  test.each(golden.watershed.filter((_, i) => i % 3 === 0).map((each, i) => [i, each] as const))(
    "watershed %i",
    async (_, { shape, connectivity, image, markers, mask, labels }) => {
      const input = await lazyOf(folder, int16(shape, image), small(shape));
      const seeds = await lazyOf(folder, int16(shape, markers), shape);
      const within = mask && (await lazyOf(folder, int16(shape, mask), small(shape)));
      const basins = input.watershed({ markers: seeds, connectivity, ...(within ? { mask: within } : {}) });
      expect(basins.chunkShape).toEqual(small(shape));
      expect([...(await basins.compute()).data]).toEqual(labels);
    },
  );

  test.each(golden.peakLocalMax.map((each, i) => [i, each] as const))(
    "peakLocalMax %i",
    async (_, { shape, options, image, peaks }) => {
      const input = await lazyOf(folder, int16(shape, image), small(shape));
      const named = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [
          name.replace(/_./, (s) => s[1]!.toUpperCase()),
          value,
        ]),
      );
      const { dtype, data } = await input.peakLocalMax(named).compute();
      expect(dtype).toBe("bool");
      expect([...data].flatMap((peak, i) => (peak ? [i] : []))).toEqual(peaks);
    },
  );

  test.each(golden.hysteresis.map((each, i) => [i, each] as const))(
    "hysteresis %i",
    async (_, { shape, low, high, image, mask }) => {
      const input = await lazyOf(folder, int16(shape, image), [5, 6]);
      expect([...(await input.hysteresis({ low, high }).compute()).data]).toEqual(mask);
    },
  );

  test.each([
    ["canny_s1_0.05_0.15", 1, 0.05, 0.15],
    ["canny_s2_0.02_0.06", 2, 0.02, 0.06],
  ] as const)("%s", async (id, sigma, lowThreshold, highThreshold) => {
    const options = { sigma, lowThreshold, highThreshold };
    const want = goldenBlock(`out/${id}.npy`);
    const results: ArrayLike<number | bigint>[] = [];
    for (const chunks of [
      [160, 190],
      [37, 50],
    ]) {
      const input = await lazyOf(folder, goldenBlock("in/img_unit.npy"), chunks);
      results.push((await input.canny(options).compute()).data);
    }
    expect(results[1]).toEqual(results[0]);
    const wrong = [...want.data].filter((value, i) => Number(value) !== Number(results[0]![i])).length;
    expect(wrong).toBeLessThanOrEqual(0.002 * want.data.length);
  });
});

describe("whole pictures", () => {
  it("are each time and channel by themselves, whatever the chunks", async () => {
    const axes = imageAxes("tcyx");
    const shape = [2, 2, 14, 13];
    const image = randomBlock("uint8", shape, 3);
    const seeds = newBlock("uint16", shape);
    randomMask(shape, 0.05, 4).data.forEach((value: number | bigint, i: number) => {
      seeds.data[i] = value ? 1 + (i % 50) : 0;
    });
    const input = await lazyOf(folder, image, [1, 2, 5, 6], { axes });
    const markers = await lazyOf(folder, seeds, [2, 1, 14, 4], { axes });
    const all = (await input.watershed({ markers }).compute({ workers: 2 })).data;
    const peaks = (await input.peakLocalMax({ minDistance: 2 }).compute()).data;
    const size = sizeOf([14, 13]);
    for (let picture = 0; picture < 4; picture++) {
      const part = (block: Block): Block => ({
        dtype: block.dtype,
        shape: [14, 13],
        data: block.data.slice(picture * size, (picture + 1) * size),
      });
      const alone = await lazyOf(folder, part(image), [14, 13]);
      const own = await alone.watershed({ markers: await lazyOf(folder, part(seeds), [3, 13]) }).compute();
      expect(own.data).toEqual(all.slice(picture * size, (picture + 1) * size));
      expect((await alone.peakLocalMax({ minDistance: 2 }).compute()).data).toEqual(
        peaks.slice(picture * size, (picture + 1) * size),
      );
    }
  });

  it("part touching nuclei in a pipeline, from a mask of peaks", async () => {
    const shape = [16, 24];
    const mask = newBlock("bool", shape);
    for (let y = 0; y < 16; y++)
      for (let x = 0; x < 24; x++)
        mask.data[y * 24 + x] = Number(Math.min((x - 7) ** 2, (x - 16) ** 2) + (y - 8) ** 2 < 36);
    const base = await fs.mkdtemp(path.join(folder, "pipeline-"));
    await storeBlock(path.join(base, "mask.zarr"), mask, [8, 8]);
    const document = {
      version: 1,
      inputs: { mask: { zarr: "mask.zarr" } },
      steps: {
        distance: { op: "distanceTransform", in: "mask" },
        peaks: { op: "peakLocalMax", in: "distance", minDistance: 3 },
        inverse: { op: "mapBlocks", in: "distance", expr: "0 - distance" },
        nuclei: { op: "watershed", in: "inverse", markers: "peaks", mask: "mask" },
      },
      outputs: { nuclei: { zarr: "nuclei.zarr" } },
    };
    await run(await planOf(document, base), base);
    const { data } = await (await fromZarr(path.join(base, "nuclei.zarr"))).compute();
    expect(data[8 * 24 + 7]).toBe(1);
    expect(data[8 * 24 + 16]).toBe(2);
    expect([...data].filter((label) => label !== 0)).toHaveLength(
      [...mask.data].filter((value) => value !== 0).length,
    );
  });

  it("refuses what has no meaning", async () => {
    const input = await lazyOf(folder, randomBlock("uint8", [6, 6], 1), [3, 3]);
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => input.watershed({ markers: input.astype("float32") })).toThrow(code("UNSUPPORTED_DTYPE"));
    expect(() => input.watershed({ markers: input.slice("0:3") })).toThrow(code("SHAPE_MISMATCH"));
    expect(() => input.watershed({ markers: input, connectivity: 3 })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => input.peakLocalMax({ minDistance: 0 })).toThrow(code("INVALID_ARGS"));
  });
});
