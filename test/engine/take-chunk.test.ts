import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SourceNode } from "../../shared/array/nodes.ts";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { ChunkCache } from "../../shared/block/chunk-cache.ts";
import { bytesOf, DTYPES } from "../../shared/block/dtype.ts";
import { readRegion } from "../../shared/block/read-region.ts";
import { type Region, regionOf } from "../../shared/block/region.ts";
import { chunkTaker } from "../../shared/engine/take-chunk.ts";
import { Heap } from "../../shared/kernels/heap.ts";
import { kernelModule } from "../../shared/kernels/wasm/module.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { openZarrArray, type ZarrArray } from "../../shared/zarr/read.ts";
import type { ArraySpec } from "../../shared/zarr/spec.ts";
import { expectSame } from "../support/kernels.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-take-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const codecs: readonly ArraySpec["codec"][] = [
  { name: "none" },
  { name: "zstd", level: 1 },
  { name: "gzip", level: 1 },
  { name: "blosc", cname: "lz4", level: 5, shuffle: "shuffle" },
  { name: "blosc", cname: "zstd", level: 1, shuffle: "noshuffle" },
];

const heap = new Heap(kernelModule());

async function openedFrom(
  block: Block,
  chunk: readonly number[],
  spec: Partial<ArraySpec>,
): Promise<{ source: ZarrArray; uri: string }> {
  const lazy = await lazyOf(folder, block, chunk, { spec });
  const uri = new URL((lazy.node as SourceNode).source.uri).pathname;
  return { source: await openZarrArray(new FileStore(uri)), uri };
}

/** A region of it in the heap, by the taker; how many bytes were decoded. */
async function taken(source: ZarrArray, region: Region): Promise<number> {
  const want = newBlock(source.dtype, region.shape);
  await readRegion(source, region, want);
  const block = heap.alloc(source.dtype, region.shape);
  bytesOf(block.data).fill(0xa5);
  // what lies behind the block is others'
  const behind = heap.alloc("uint8", [256]);
  bytesOf(behind.data).fill(0x5a);
  const count = { decodedBytes: 0, takenBytes: 0 };
  await readRegion(source, region, block, {
    cache: new ChunkCache({ wholeBytes: 1e6, borderBytes: 1e6 }),
    widths: region.shape.map(() => [0, 0] as const),
    take: chunkTaker(heap, source, block, undefined),
    count,
  });
  expectSame(block, want);
  expect(bytesOf(behind.data).every((byte) => byte === 0x5a)).toBe(true);
  heap.free(behind);
  heap.free(block);
  expect(heap.live).toBe(0);
  return count.decodedBytes;
}

describe("chunks that are decoded where they belong", () => {
  it("come out as those that are copied, in any layout, with chunks absent", async () => {
    const axis = fc.record({
      n: fc.integer({ min: 1, max: 12 }),
      chunk: fc.integer({ min: 1, max: 7 }),
      per: fc.integer({ min: 1, max: 2 }),
      from: fc.nat({ max: 11 }),
      length: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...DTYPES),
        fc.constantFrom(...codecs),
        fc.boolean(),
        async (axes, dtype, codec, sharded) => {
          const whole = randomBlock(
            dtype,
            axes.map(({ n }) => n),
            axes.length,
          );
          const spec = {
            zarrFormat: 3 as const,
            codec,
            fillValue: dtype === "bool" ? 1 : 3,
            ...(sharded ? { shardShape: axes.map(({ chunk, per }) => chunk * per) } : {}),
          };
          const { source, uri } = await openedFrom(
            whole,
            axes.map(({ chunk }) => chunk),
            spec,
          );
          // where all is fill value there are no chunks
          const names = await fs.readdir(uri, { recursive: true, withFileTypes: true });
          const chunks = names.filter((entry) => entry.isFile() && entry.name !== "zarr.json");
          for (const [n, entry] of chunks.entries())
            if (n % 3 === 1) await fs.rm(path.join(entry.parentPath, entry.name));
          const start = axes.map(({ n, from }) => from % n);
          const stop = axes.map(({ n, length }, i) => Math.min(n, start[i]! + length));
          await taken(source, regionOf(start, stop));
        },
      ),
      { numRuns: 120 },
    );
  });

  it("come out where a block with part of a neighbour is as long as a whole chunk, and the last one cut", async () => {
    const block = randomBlock("uint16", [16, 29], 3);
    const { source } = await openedFrom(block, [2, 16], { codec: { name: "zstd", level: 1 } });
    await taken(source, { start: [0, 13], shape: [16, 16] });
  });

  it("are found damaged, and leave no memory behind", async () => {
    for (const codec of codecs) {
      const { source, uri } = await openedFrom(randomBlock("uint16", [4, 40, 40], 1), [2, 40, 40], { codec });
      const whole = { start: [0, 0, 0], shape: [4, 40, 40] };
      expect(await taken(source, whole)).toBe(2 * 4 * 40 * 40);
      const file = path.join(uri, "c/1/0/0");
      const bytes = await fs.readFile(file);
      await fs.writeFile(file, bytes.subarray(0, -7));
      const block = heap.alloc("uint16", whole.shape);
      const take = chunkTaker(heap, source, block, undefined)!;
      await expect(take([1, 0, 0], [2, 40, 40], [2, 0, 0])).rejects.toMatchObject({
        code: "CHUNK_DECODE",
        message: expect.stringContaining("c/1/0/0"),
      });
      heap.free(block);
      expect(heap.live).toBe(0);
    }
  });

  it("are left to be copied where an array is stored as far larger chunks", async () => {
    const { source } = await openedFrom(randomBlock("uint16", [3, 3], 1), [50, 50], {});
    const block = heap.alloc("uint16", [3, 3]);
    expect(chunkTaker(heap, source, block, undefined)).toBe(undefined);
    heap.free(block);
  });
});
