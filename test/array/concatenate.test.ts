import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Axis } from "../../shared/block/axes.ts";
import { DTYPES } from "../../shared/block/dtype.ts";
import { promote } from "../../shared/block/promote.ts";
import type { Receipt } from "../../shared/engine/receipts.ts";
import { concatenate, type LazyArray, type Plan, stack } from "../../shared/index.ts";
import { gaussian } from "../../shared/kernels/index.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-concatenate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("concatenate and stack", () => {
  it("joins arrays of any chunks along any axis", async () => {
    const size = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(size, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 3 }),
        fc.nat(2),
        async (shape, lengths, pick) => {
          const axis = pick % shape.length;
          const blocks = lengths.map(([n], i) =>
            randomBlock(
              "uint16",
              shape.map((m, k) => (k === axis ? n : m)),
              i,
            ),
          );
          const arrays = await Promise.all(
            blocks.map((block, i) =>
              lazyOf(
                folder,
                block,
                shape.map(() => lengths[i]![1]),
              ),
            ),
          );
          const joined = concatenate(arrays, axis - (pick === 2 ? shape.length : 0));
          const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
          const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
          const expected: unknown[] = [];
          for (let o = 0; o < outer; o++) {
            for (const block of blocks) {
              const run = block.shape[axis]! * inner;
              expected.push(...(block.data as Uint16Array).subarray(o * run, (o + 1) * run));
            }
          }
          expect([...(await joined.compute({ workers: 1 })).data]).toEqual(expected);
          expect(joined.chunks[axis]!.reduce((a, b) => a + b, 0)).toBe(joined.shape[axis]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("promotes as numpy does, and smooths across the seam", async () => {
    const [a, b] = [randomBlock("uint8", [6, 5], 1), randomBlock("int16", [4, 5], 2)];
    const joined = concatenate([await lazyOf(folder, a, [2, 5]), await lazyOf(folder, b, [3, 2])]);
    expect(joined.dtype).toBe("int16");
    const both = {
      dtype: "int16" as const,
      shape: [10, 5],
      data: Int16Array.from([...a.data, ...b.data] as number[]),
    };
    const options = { depth: 8, boundary: "nearest" as const };
    const expected = await (await lazyOf(folder, both, [10, 5]))
      .mapOverlap(gaussian({ sigma: 1.5 }), options)
      .compute();
    expect([...(await joined.mapOverlap(gaussian({ sigma: 1.5 }), options).compute()).data]).toEqual([
      ...expected.data,
    ]);
    expect(promote("uint64", "int8")).toBe("float64");
    expect(promote("uint32", "int8")).toBe("int64");
    expect(promote("uint8", "float16")).toBe("float16");
    expect(promote("int16", "float16")).toBe("float32");
    expect(promote("int32", "float32")).toBe("float64");
    for (const x of DTYPES) for (const y of DTYPES) expect(promote(x, y)).toBe(promote(y, x));
  });

  it("stacks channels of an image, and refuses what doesn't fit", async () => {
    const axes: Axis[] = [
      { name: "y", type: "space", unit: "micrometer", scale: 0.5, translation: 0 },
      { name: "x", type: "space", unit: "micrometer", scale: 0.5, translation: 0 },
    ];
    const blocks = [randomBlock("uint8", [3, 4], 1), randomBlock("uint8", [3, 4], 2)];
    const [one, two] = await Promise.all(blocks.map((block) => lazyOf(folder, block, [2, 2], { axes })));
    const stacked = stack([one!, two!]);
    expect(stacked.shape).toEqual([2, 3, 4]);
    expect(stacked.axes.map((axis) => [axis.name, axis.type])).toEqual([
      ["c", "channel"],
      ["y", "space"],
      ["x", "space"],
    ]);
    expect(stacked.node.channels).toHaveLength(2);
    expect([...(await stacked.compute()).data]).toEqual([...blocks[0]!.data, ...blocks[1]!.data]);
    const back = stack([one!, two!], -1);
    expect(back.shape).toEqual([3, 4, 2]);
    expect((await back.compute()).data[1]).toBe(blocks[1]!.data[0]);
    const other = await lazyOf(folder, randomBlock("uint8", [4, 4], 3), [2, 2]);
    expect(() => stack([one!, other])).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
    expect(() => concatenate([], 0)).toThrow("nothing to join");
    expect(() => concatenate([one!], "z")).toThrow("is not an axis");
  });
});

describe("memory of joins and views", () => {
  it("stays under its projection, seams included", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (a, b, turn) => {
          const one = await lazyOf(folder, randomBlock("uint16", [9, 20], 1), [a, 7]);
          const two = await lazyOf(folder, randomBlock("uint16", [5, 20], 2), [3, b]);
          const joined = concatenate([one, two]).mapOverlap(gaussian({ sigma: 1 }), {
            depth: 4,
            boundary: "wrap",
          });
          const lazy = turn ? joined.transpose().slice("::2") : joined.slice("3:, ::-1");
          const runs = path.join(folder, `runs-${a}-${b}-${turn}`);
          const target = path.join(folder, `out-${a}-${b}-${turn}.zarr`);
          await lazy.toZarr(target, { chunks: [4, 4], workers: 1, runs, overwrite: true });
          const { plan, receipts } = await readRun(runs);
          for (const receipt of receipts) {
            expect(receipt.peakHeap).toBeLessThanOrEqual(plan.stages[receipt.stage]!.memory.heap);
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});

async function readRun(runs: string): Promise<{ plan: Plan; receipts: Receipt[] }> {
  const control = new FileStore(runs);
  const entries: string[] = [];
  for await (const { key } of control.list("runs/")) entries.push(key);
  const read = async (key: string) => JSON.parse(Buffer.from((await control.get(key))!).toString());
  const last = entries.filter((key) => key.endsWith("plan.json")).at(-1)!;
  const folderOf = last.slice(0, -"plan.json".length);
  const receipts = entries.filter((key) => key.startsWith(`${folderOf}receipts/`));
  return { plan: (await read(last)) as Plan, receipts: await Promise.all(receipts.map(read)) };
}

it("refuses what has too many chunks, before there is a list of them", async () => {
  let joined: LazyArray = await lazyOf(folder, randomBlock("uint8", [2], 1), [1]);
  for (let doubled = 0; doubled < 21; doubled++) joined = concatenate([joined, joined]);
  expect(() => concatenate([joined, joined])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("8388608 chunks") }),
  );
});
