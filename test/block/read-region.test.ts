import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { ChunkCache } from "../../shared/block/chunk-cache.ts";
import { chunkRegion, gridShape } from "../../shared/block/chunk-grid.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { copyBox, fill } from "../../shared/block/copy.ts";
import { readRegion } from "../../shared/block/read-region.ts";
import { type Region, regionOf, wholeRegion } from "../../shared/block/region.ts";
import { expectSame } from "../support/kernels.ts";
import { regionOfBlock } from "../support/pad.ts";
import { randomOf } from "../support/sample-data.ts";

/** A source of random chunks, some absent, some stored padded; counts what is loaded. */
function randomSource(shape: readonly number[], chunkShape: readonly number[], seed: number, absent = 0.3) {
  const random = randomOf(seed);
  const whole = newBlock("uint16", shape);
  fill(whole.data, "uint16", 9);
  const chunks = new Map<string, Block | undefined>();
  const grid = gridShape(shape, chunkShape);
  let coords: number[][] = [[]];
  for (const n of grid) coords = coords.flatMap((c) => Array.from({ length: n }, (_, i) => [...c, i]));
  for (const c of coords) {
    const box = chunkRegion(shape, chunkShape, c);
    if (random() < absent) continue;
    const padded = random() < 0.5;
    const block = newBlock("uint16", padded ? chunkShape : box.shape);
    for (let i = 0; i < block.data.length; i++) block.data[i] = Math.floor(random() * 65536);
    const origin = shape.map(() => 0);
    copyBox(block, origin, whole, box.start, box.shape);
    chunks.set(c.join(), block);
  }
  const loads: string[] = [];
  const source: ChunkedSource = {
    label: "random",
    shape,
    dtype: "uint16",
    chunkShape,
    fillValue: 9,
    readChunk: async (c) => {
      loads.push(c.join());
      await Promise.resolve();
      return chunks.get(c.join());
    },
  };
  return { source, whole, loads };
}

async function read(source: ChunkedSource, region: Region, cache?: ChunkCache, halo = 0): Promise<Block> {
  const target = newBlock(source.dtype, region.shape);
  const widths = source.shape.map(() => [halo, halo] as const);
  await readRegion(source, region, target, cache ? { cache, widths } : {});
  return target;
}

const axis = fc.record({
  n: fc.integer({ min: 0, max: 11 }),
  chunk: fc.integer({ min: 1, max: 6 }),
  from: fc.nat({ max: 10 }),
  length: fc.integer({ min: 0, max: 9 }),
});

describe("readRegion", () => {
  it("reads any region of any source, whatever the cache keeps and drops", async () => {
    const cacheOptions = fc.record({
      wholeBytes: fc.constantFrom(0, 40, 300, 1e6),
      borderBytes: fc.constantFrom(0, 20, 100, 1e6),
      halo: fc.nat({ max: 3 }),
      regions: fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { maxLength: 3 }),
        fc.integer({ min: 1, max: 1e9 }),
        cacheOptions,
        async (axes, seed, options) => {
          const { source, whole } = randomSource(
            axes.map((a) => a.n),
            axes.map((a) => a.chunk),
            seed,
          );
          const cache = new ChunkCache(options);
          for (const shift of options.regions) {
            const start = axes.map((a) => Math.min(a.n, (a.from + shift) % 11));
            const region = regionOf(
              start,
              start.map((s, i) => Math.min(axes[i]!.n, s + axes[i]!.length)),
            );
            const want = regionOfBlock(whole, region);
            expectSame(await read(source, region), want);
            expectSame(await read(source, region, cache, options.halo), want);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("loads a chunk once for readers at the same time", async () => {
    const { source, loads } = randomSource([8, 8], [4, 4], 5, 0);
    const cache = new ChunkCache({ wholeBytes: 1e6, borderBytes: 1e6 });
    const region = wholeRegion([8, 8]);
    await Promise.all([
      read(source, region, cache),
      read(source, region, cache),
      read(source, region, cache),
    ]);
    expect(loads.sort()).toEqual(["0,0", "0,1", "1,0", "1,1"]);
    expect(cache.misses).toBe(4);
    expect(cache.hits).toBe(8);
  });

  it("keeps the borders of a chunk that is used up, and only them", async () => {
    const { source, loads } = randomSource([40], [20], 2, 0);
    const cache = new ChunkCache({ wholeBytes: 1e6, borderBytes: 1e6 });
    await read(source, { start: [0], shape: [20] }, cache, 3);
    await read(source, { start: [17], shape: [23] }, cache, 3);
    expect(loads).toEqual(["0", "1"]);
    await read(source, { start: [16], shape: [4] }, cache, 3);
    expect(loads).toEqual(["0", "1", "0"]);
  });

  it("drops the least recently used chunk first", async () => {
    const { source, loads } = randomSource([12], [4], 2, 0);
    const cache = new ChunkCache({ wholeBytes: 16, borderBytes: 0 });
    const chunk = (i: number) => read(source, { start: [4 * i], shape: [2] }, cache);
    for (const i of [0, 1, 0, 2, 0, 1]) await chunk(i);
    expect(loads).toEqual(["0", "1", "2", "1"]);
  });

  it("passes on the error of a chunk, and loads it again next time", async () => {
    const { source } = randomSource([4], [4], 1);
    let fails = true;
    const flaky: ChunkedSource = {
      ...source,
      readChunk: async (c) => {
        if (fails) throw new Error("no such luck");
        return source.readChunk(c);
      },
    };
    const cache = new ChunkCache({ wholeBytes: 1e6, borderBytes: 0 });
    await expect(read(flaky, wholeRegion([4]), cache)).rejects.toThrow("no such luck");
    fails = false;
    expect((await read(flaky, wholeRegion([4]), cache)).data).toHaveLength(4);
  });

  it("refuses a chunk of another dtype than the array's", async () => {
    const { source } = randomSource([4], [4], 1);
    const wrong: ChunkedSource = { ...source, readChunk: async () => newBlock("uint8", [4]) };
    await expect(read(wrong, wholeRegion([4]))).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
