import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { readProgress } from "../../shared/engine/receipts.ts";
import { isLamellaError } from "../../shared/errors.ts";
import { DASHBOARD_RESERVE, projectedPeaks } from "../../shared/plan/budget.ts";
import { randomBlock, randomMask, storeBlock } from "../support/lazy.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-memory-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

let count = 0;

/** Runs a pipeline over one input and compares each stage's measured heap with what the plan said. */
async function expectProjected(
  dims: readonly number[],
  dtype: DType,
  chunks: readonly number[],
  document: { steps: object; outputs: object },
  mask = false,
): Promise<void> {
  const base = path.join(folder, String(count++));
  const block = mask ? randomMask(dims, 0.5, count) : randomBlock(dtype, dims, count);
  await storeBlock(path.join(base, "in.zarr"), block, chunks);
  const plan = await planOf({ version: 1, inputs: { image: { zarr: "in.zarr" } }, ...document }, base);
  const { folder: runFolder } = await run(plan, base, { workers: 1, keep: true });
  for (const [i, stage] of plan.stages.entries()) {
    const { peakHeap } = await readProgress(runFolder, plan, i);
    expect(peakHeap, `${stage.name} (${stage.kind})`).toBeLessThanOrEqual(stage.memory.heap);
  }
  await fs.rm(base, { recursive: true });
}

const shape = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 6000) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 4, maxLength: 4 });
/** Chunks of at least a third of each axis, so that a test doesn't write thousands of files. */
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.max(Math.ceil(n / 3), Math.min(n, chunks[axis]!)));

describe("a task's kernel memory", () => {
  it("stays within what the plan projects, for chains, lazy chunks that fit nothing, and pyramids", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom("uint8", "uint16", "float32", "float64" as const),
        fc.tuple(chunking, chunking, chunking),
        fc.record({
          sigma: fc.constantFrom(0.5, 1, 3),
          depth: fc.nat({ max: 14 }),
          boundary: fc.constantFrom("reflect", "none", "wrap", 3),
          wholeBlock: fc.boolean(),
          levels: fc.constantFrom(1, 2, 3),
          method: fc.constantFrom("mean", "median", "mode"),
          codec: fc.constantFrom("blosc", "gzip", "none"),
        }),
        async (dims, dtype, [stored, lazy, out], options) => {
          const { sigma, depth, boundary, wholeBlock, levels, method, codec } = options;
          const steps = {
            lazy: { op: "rechunk", in: "image", chunks: within(lazy, dims) },
            smooth: { op: "mapOverlap", in: "lazy", kernel: "gaussian", args: { sigma }, depth, boundary },
            scaled: { op: "mapBlocks", in: "smooth", kernel: "rescaleIntensity", args: { outRange: [0, 1] } },
            result: { op: "astype", in: wholeBlock ? "scaled" : "smooth", dtype: "uint16" },
          };
          const pyramid = dims.length > 1 && levels > 1 ? { pyramid: { levels, method } } : {};
          const outputs = { result: { zarr: "out.zarr", chunks: within(out, dims), codec, ...pyramid } };
          await expectProjected(dims, dtype, within(stored, dims), { steps, outputs });
        },
      ),
      { numRuns: 25 },
    );
  });

  it("stays within what the plan projects, for labels and reductions", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.tuple(chunking, chunking),
        fc.constantFrom("sum", "std", "max", "mean", "nanstd", "prod"),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        async (dims, [stored, out], op, picked) => {
          const labels = {
            steps: { labels: { op: "label", in: "image", connectivity: dims.length } },
            outputs: { labels: { zarr: "labels.zarr", chunks: within(out, dims) } },
          };
          await expectProjected(dims, "bool", within(stored, dims), labels, true);
          const axis = dims.map((_, i) => i).filter((i) => picked[i]);
          const reduced = {
            steps: {
              smooth: { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: 1 }, depth: 4 },
              r: { op, in: "smooth", axis },
              cut: { op: "otsu", in: "smooth" },
              half: { op: "percentile", in: "image", q: [3, 50] },
              run: { op: "cumsum", in: "smooth", axis: 0 },
            },
            outputs: {
              r: { zarr: "r.zarr" },
              cut: { zarr: "cut.zarr" },
              half: { zarr: "half.zarr" },
              run: { zarr: "run.zarr" },
            },
          };
          await expectProjected(dims, "uint16", within(stored, dims), reduced);
        },
      ),
      { numRuns: 8 },
    );
  });

  it("holds for the mask with the most components there can be", async () => {
    const dims = [300, 300];
    const base = path.join(folder, "checkers");
    const mask = randomMask(dims, 0, 1);
    for (let i = 0; i < mask.data.length; i++) mask.data[i] = (Math.floor(i / 300) + i) % 2;
    await storeBlock(path.join(base, "in.zarr"), mask, [150, 300]);
    const plan = await planOf(
      {
        version: 1,
        inputs: { image: { zarr: "in.zarr" } },
        steps: { labels: { op: "label", in: "image", dtype: "uint64" } },
        outputs: { labels: { zarr: "labels.zarr" } },
      },
      base,
    );
    const { folder: runFolder } = await run(plan, base, { workers: 1 });
    for (const [i, stage] of plan.stages.entries()) {
      const { peakHeap } = await readProgress(runFolder, plan, i);
      expect(peakHeap, stage.name).toBeLessThanOrEqual(stage.memory.heap);
    }
  });
});

describe("over the memory budget", () => {
  const pipeline = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: {
      smooth: {
        op: "mapOverlap",
        in: "image",
        kernel: "gaussian",
        args: { sigma: 4 },
        depth: 16,
        boundary: "reflect",
      },
      wide: { op: "astype", in: "smooth", dtype: "float64" },
      total: { op: "std", in: "wide", axis: [0] },
    },
    outputs: {
      wide: { zarr: "wide.zarr", chunks: [-1, -1, -1] },
      total: { zarr: "total.zarr", chunks: [-1, -1] },
    },
  };

  it("is refused before anything is written, with a figure that is enough", async () => {
    const base = path.join(folder, "over");
    // Nothing but metadata is read: the array need not have chunks.
    await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [1, 1, 1], 1), [1, 1, 1]);
    const file = path.join(base, "in.zarr/zarr.json");
    const document = JSON.parse(await fs.readFile(file, "utf8"));
    document.shape = [64, 512, 512];
    document.chunk_grid.configuration.chunk_shape = [16, 256, 256];
    await fs.writeFile(file, JSON.stringify(document));

    for (const workers of [1, 2, 8]) {
      const error = await planOf(pipeline, base, { budget: { memoryMiB: 512, workers } }).catch(
        (e: unknown) => e,
      );
      if (!isLamellaError(error)) throw new Error("the plan should have been refused");
      expect(error.code).toBe("OVER_MEMORY");
      const { neededMiB, oneWorkerMiB } = error.details as { neededMiB: number; oneWorkerMiB: number };
      expect(error.hint).toContain(`--memory ${neededMiB}`);
      const enough = await planOf(pipeline, base, { budget: { memoryMiB: neededMiB, workers } });
      for (const peak of projectedPeaks(enough.stages, workers))
        expect(peak).toBeLessThanOrEqual(neededMiB * 2 ** 20);
      await planOf(pipeline, base, { budget: { memoryMiB: oneWorkerMiB, workers: 1 } });
      // A dashboard takes its own.
      const shown = (memoryMiB: number) =>
        planOf(pipeline, base, { budget: { memoryMiB, workers }, isShown: true });
      await expect(shown(neededMiB)).rejects.toMatchObject({ code: "OVER_MEMORY" });
      const room = neededMiB + DASHBOARD_RESERVE / 2 ** 20;
      const { stages, hash } = await shown(room);
      expect(hash).toBe(enough.hash);
      expect(projectedPeaks(stages, workers)).toEqual(
        projectedPeaks(enough.stages, workers).map((peak) => peak + DASHBOARD_RESERVE),
      );
      await expect(
        planOf(pipeline, base, { budget: { memoryMiB: neededMiB - 1, workers } }),
      ).rejects.toMatchObject({
        code: "OVER_MEMORY",
      });
    }
    expect((await fs.readdir(base)).sort()).toEqual(["in.zarr"]);
  });

  it("says that no budget is enough for a task beyond what a worker can address", async () => {
    const base = path.join(folder, "huge");
    await storeBlock(path.join(base, "in.zarr"), randomBlock("uint8", [1, 1], 1), [1, 1]);
    const file = path.join(base, "in.zarr/zarr.json");
    const document = JSON.parse(await fs.readFile(file, "utf8"));
    document.shape = [70_000, 70_000];
    await fs.writeFile(
      file,
      JSON.stringify({
        ...document,
        chunk_grid: { name: "regular", configuration: { chunk_shape: [1000, 1000] } },
      }),
    );
    const steps = { result: { op: "astype", in: "image", dtype: "float32" } };
    const outputs = { result: { zarr: "out.zarr", chunks: [-1, -1] } };
    const attempt = planOf({ version: 1, inputs: pipeline.inputs, steps, outputs }, base, {
      budget: { memoryMiB: 1e6, workers: 1 },
    });
    await expect(attempt).rejects.toMatchObject({
      code: "OVER_MEMORY",
      hint: expect.stringMatching(/chunks/),
    });
    await expect(attempt).rejects.not.toMatchObject({ hint: expect.stringMatching(/--memory/) });
  });
});

describe("what a worker keeps of its input", () => {
  it("is nothing where an expression reads every chunk once, and something where a halo does", async () => {
    const base = path.join(folder, String(count++));
    await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [40, 40], count), [20, 20]);
    const cacheOf = async (step: object): Promise<number> => {
      const document = {
        version: 1,
        inputs: { image: { zarr: "in.zarr" } },
        steps: { level: { op: "min", in: "image", axis: 0 }, result: step },
        outputs: { result: { zarr: "out.zarr", chunks: [20, 20] } },
      };
      return (await planOf(document, base)).stages.at(-1)!.memory.cache;
    };
    const smooth = { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: 1 }, depth: 4 };
    expect(await cacheOf({ op: "mapBlocks", in: "image", expr: "image / 2" })).toBe(0);
    expect(await cacheOf(smooth)).toBeGreaterThan(0);
    const broadcast = await cacheOf({ op: "mapBlocks", in: ["image", "level"], expr: "image - level" });
    expect(broadcast).toBeGreaterThan(0);
    expect(broadcast).toBeLessThan(1000);
  });
});

describe("projectedPeaks", () => {
  const stage = (heap: number, buffers: number, tasks = 100) => ({
    tasks,
    memory: { heap, buffers, cache: 0, garbage: 0 },
  });

  it("adds runtime and workers, counts idle workers small, and carries some of the buffers over", () => {
    const MiB = 2 ** 20;
    const [one] = projectedPeaks([stage(100 * MiB, 10 * MiB)], 1);
    const [two] = projectedPeaks([stage(100 * MiB, 10 * MiB)], 2);
    expect(two! - one!).toBeGreaterThanOrEqual(110 * MiB);
    const [single] = projectedPeaks([stage(100 * MiB, 10 * MiB, 1)], 2);
    expect(single).toBeLessThan(two! - 100 * MiB);
    const [inline] = projectedPeaks([stage(100 * MiB, 10 * MiB)], 0);
    expect(inline).toBeLessThan(one!);
    expect(inline).toBeGreaterThan(210 * MiB);
    const peaks = projectedPeaks([stage(0, 500 * MiB), stage(0, 10 * MiB)], 2);
    const [alone] = projectedPeaks([stage(0, 10 * MiB)], 2);
    expect(peaks[1]).toBeGreaterThan(alone! + 70 * MiB);
    expect(peaks[1]).toBeLessThan(peaks[0]!);
  });
});
