import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SourceNode } from "../../../shared/array/nodes.ts";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { bytesOf, DTYPES } from "../../../shared/block/dtype.ts";
import { readRegion } from "../../../shared/block/read-region.ts";
import { wholeRegion } from "../../../shared/block/region.ts";
import { blockOf, laneBytes, readLane } from "../../../shared/engine/whole/lane.ts";
import { readShared } from "../../../shared/engine/whole/read-source.ts";
import { Heap, newMemory } from "../../../shared/kernels/heap.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { inputArrayOf } from "../../../shared/plan/input-array.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { openZarrArray } from "../../../shared/zarr/read.ts";
import type { ArraySpec } from "../../../shared/zarr/spec.ts";
import { expectSame } from "../../support/kernels.ts";
import { lazyOf, randomBlock } from "../../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-whole-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const codecs: readonly ArraySpec["codec"][] = [
  { name: "none" },
  { name: "zstd", level: 1 },
  { name: "gzip", level: 1 },
  { name: "blosc", cname: "lz4", level: 5, shuffle: "shuffle" },
  { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
];

/** What the reader of regions makes of it. */
async function expected(uri: string): Promise<Block> {
  const source = await openZarrArray(new FileStore(uri));
  const block = newBlock(source.dtype, source.shape);
  await readRegion(source, wholeRegion(source.shape), block);
  return block;
}

/** Removes some of the chunks, which are fill value then. */
async function thin(uri: string, keep: (n: number) => boolean): Promise<void> {
  const names = await fs.readdir(uri, { recursive: true, withFileTypes: true });
  const chunks = names.filter((entry) => entry.isFile() && !/\.z|json/.test(entry.name));
  for (const [n, { parentPath, name }] of chunks.entries())
    if (!keep(n)) await fs.rm(path.join(parentPath, name));
}

describe("an array that is read whole into shared memory", () => {
  it("has every element in its place, in any layout, with chunks absent", async () => {
    const axis = fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...DTYPES),
        fc.constantFrom(...codecs),
        fc.constantFrom<2 | 3>(2, 3),
        fc.boolean(),
        async (axes, dtype, codec, zarrFormat, sharded) => {
          const block = randomBlock(
            dtype,
            axes.map(([n]) => n),
            axes.length,
          );
          const chunk = axes.map(([, c]) => c);
          const spec = {
            zarrFormat,
            codec,
            fillValue: dtype === "bool" ? 1 : 3,
            ...(sharded && zarrFormat === 3 ? { shardShape: axes.map(([, c, per]) => c * per) } : {}),
          };
          const lazy = await lazyOf(folder, block, chunk, { spec });
          const node = lazy.node as SourceNode;
          const uri = new URL(node.source.uri).pathname;
          await thin(uri, (n) => n % 3 !== 1);
          const read = await readShared(inputArrayOf(node), { workers: 1 });
          expectSame(read!, await expected(uri));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is computed by several threads, whatever chunks are asked for", async () => {
    const block = newBlock("uint16", [5, 1000, 1010]);
    for (let i = 0; i < block.data.length; i += 997) block.data[i] = i % 65_521;
    const lazy = await lazyOf(folder, block, [2, 500, 512], { spec: { codec: codecs[3]! } });
    expect(block.data.byteLength).toBeGreaterThan(8 * 2 ** 20);
    const computed = await lazy.rechunk([5, 10, 10]).compute({ workers: 3 });
    expect(computed.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(computed).toMatchObject({ dtype: "uint16", shape: [5, 1000, 1010] });
    expect(Buffer.compare(bytesOf(computed.data), bytesOf(block.data))).toBe(0);
  });

  it("has what the shares of lanes that never come hold, of chunks that can't be shared out evenly", async () => {
    const block = randomBlock("uint16", [7, 20, 20], 1);
    const { node } = await lazyOf(folder, block, [1, 20, 20]);
    const array = inputArrayOf(node as SourceNode);
    const module = kernelModule();
    const taken = Math.ceil(new Heap(module).exports.heapBase() / 65_536) * 65_536;
    const start = taken + 65_536;
    const end = start + Math.ceil(laneBytes({ array }) / 65_536) * 65_536;
    const memory = newMemory(end + block.data.byteLength);
    const read = { array, module, memory, lanes: 3, taken, base: end };
    await readLane(read, { start, end, share: 1 });
    expectSame(blockOf(read), block);
    expect([...new Int32Array(memory.buffer, taken, 3)].map((n) => n >= 2)).toEqual([true, true, true]);
  });

  it("names the chunk that is damaged, whichever thread met it", async () => {
    const { node } = await lazyOf(folder, randomBlock("uint16", [40, 20, 20], 1), [1, 20, 20]);
    const array = inputArrayOf(node as SourceNode);
    await fs.writeFile(path.join(new URL(array.source.uri).pathname, "c/37/0/0"), "not a chunk");
    await expect(readShared(array, { workers: 2 })).rejects.toMatchObject({
      code: "CHUNK_DECODE",
      message: expect.stringContaining("c/37/0/0"),
    });
  });

  it("is refused once its metadata are others than when it was opened", async () => {
    const lazy = await lazyOf(folder, randomBlock("uint16", [4, 20, 20], 1), [1, 20, 20]);
    const array = inputArrayOf(lazy.node as SourceNode);
    const file = path.join(new URL(array.source.uri).pathname, "zarr.json");
    await fs.writeFile(file, `${await fs.readFile(file, "utf8")} `);
    const changed = { code: "INPUT_CHANGED" };
    await expect(readShared(array, { workers: 2 })).rejects.toMatchObject(changed);
    await expect(lazy.compute()).rejects.toMatchObject(changed);
  });

  it("can be interrupted before and meanwhile, and is then not given in part", async () => {
    const lazy = await lazyOf(folder, newBlock("uint8", [9, 1000, 1000]), [1, 1000, 1000]);
    const interrupted = { code: "INTERRUPTED" };
    await expect(lazy.compute({ signal: AbortSignal.abort() })).rejects.toMatchObject(interrupted);
    const controller = new AbortController();
    const reading = lazy.compute({ workers: 1, signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject(interrupted);
  });

  it("is read by as many threads as the memory allows; where it allows none it isn't read so", async () => {
    const block = randomBlock("uint8", [9, 30, 30], 1);
    const { node } = await lazyOf(folder, block, [1, 30, 30]);
    const array = inputArrayOf(node as SourceNode);
    expect(await readShared(array, { memory: 100 })).toBeUndefined();
    expectSame((await readShared(array, { memory: 170, workers: 8 }))!, block);
  });
});
