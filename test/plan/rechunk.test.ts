import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { readProgress } from "../../shared/engine/receipts.ts";
import { fromZarr } from "../../shared/index.ts";
import { betweenChunks } from "../../shared/plan/between-chunks.ts";
import { projectedPeaks } from "../../shared/plan/budget.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { asBlock, randomBlock, storeBlock } from "../support/lazy.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-rechunk-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const rechunk = (chunks: readonly number[], name = "in.zarr") => ({
  version: 1,
  inputs: { image: { zarr: name } },
  steps: { r: { op: "rechunk", in: "image", chunks } },
  outputs: { r: { zarr: "out.zarr" } },
});

let pretended = 0;
async function planned(shape: number[], from: number[], to: number[], memoryMiB = 4096): Promise<Plan> {
  const name = `pretended-${pretended++}.zarr`;
  await pretendArray(path.join(folder, name), shape, from);
  return planOf(rechunk(to, name), folder, { budget: { workers: 2, memoryMiB } });
}

describe("a rechunk", () => {
  it.each([
    ["into smaller chunks of what one task holds", [64, 2048, 2048], [16, 512, 512], [64, 128, 128], 1],
    ["into chunks that consist of whole ones", [64, 2048, 2048], [64, 128, 128], [64, 512, 512], 1],
    ["of planes into columns", [2048, 2048, 2048], [1, 2048, 2048], [-1, 16, 16], 2],
    ["of rows into columns", [40_000, 40_000], [4, 40_000], [40_000, 4], 2],
  ])("%s takes %#", async (_, shape, from, to, passes) => {
    const plan = await planned(shape, from, to, 2048);
    expect(plan.stages.map((stage) => stage.kind)).toEqual(new Array(passes).fill("rechunk"));
    for (const stage of plan.stages) {
      expect(stage.estimate.bytesRead).toBeLessThan(1.6 * stage.estimate.bytesInput);
      expect(stage.estimate.bytesInput).toBe(2 * sizeOf(shape));
    }
    const choices = plan.decisions.map(({ step, choice }) => [step, choice]);
    expect(choices).toEqual(passes === 2 ? [["r", "two passes"]] : []);
  });

  it("takes the passes that memory allows, and is refused where none fits", async () => {
    const columns = (memoryMiB: number) =>
      planned([256, 2048, 2048], [1, 2048, 2048], [-1, 32, 32], memoryMiB);
    const sizes = [768, 2048];
    const costs: number[] = [];
    for (const memoryMiB of sizes) {
      const plan = await columns(memoryMiB);
      for (const peak of projectedPeaks(plan.stages, 2))
        expect(peak).toBeLessThanOrEqual(memoryMiB * 2 ** 20);
      costs.push(plan.stages.reduce((n, stage) => n + stage.estimate.cpuSeconds, 0));
    }
    // More memory, less to do.
    for (const [i, cost] of costs.entries()) expect(cost).toBeLessThanOrEqual(1.01 * (costs[i - 1] ?? cost));
    await expect(columns(440)).rejects.toMatchObject({
      code: "OVER_MEMORY",
      hint: expect.stringMatching(/--memory \d+/),
    });
  });

  it("keeps the values, in one pass and in two, within the memory of the plan", async () => {
    const axis = fc.record({
      n: fc.integer({ min: 1, max: 20 }),
      from: fc.integer({ min: 5, max: 20 }),
      to: fc.oneof(fc.integer({ min: 5, max: 20 }), fc.constant(-1)),
    });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { minLength: 1, maxLength: 3 }), async (axes) => {
        const base = path.join(folder, `values-${count++}`);
        const shape = axes.map((a) => a.n);
        const block = randomBlock("uint16", shape, count);
        await storeBlock(
          path.join(base, "in.zarr"),
          block,
          axes.map((a) => Math.min(a.n, a.from)),
        );
        for (const economy of ["fuse", "store"] as const) {
          const plan = await planOf(rechunk(axes.map((a) => a.to)), base, { economy, overwrite: true });
          expect(plan.stages).toHaveLength(economy === "fuse" ? 1 : 2);
          const { folder: runFolder } = await run(plan, base, { workers: 1, keep: true });
          expect(asBlock(await (await fromZarr(path.join(base, "out.zarr"))).compute())).toEqual(block);
          for (const [i, stage] of plan.stages.entries()) {
            expect((await readProgress(runFolder, plan, i)).peakHeap).toBeLessThanOrEqual(stage.memory.heap);
          }
        }
        await fs.rm(base, { recursive: true });
      }),
      { numRuns: 10 },
    );
  });
});

describe("betweenChunks", () => {
  const axis = fc.record({
    n: fc.integer({ min: 1, max: 500 }),
    from: fc.integer({ min: 1, max: 500 }),
    to: fc.integer({ min: 1, max: 500 }),
  });

  it("gives chunks of which both passes' boxes consist, within their bytes", () => {
    fc.assert(
      fc.property(
        fc.array(axis, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 1e6 }),
        (axes, most) => {
          const shape = axes.map((a) => a.n);
          const [from, to] = [axes.map((a) => Math.min(a.n, a.from)), axes.map((a) => Math.min(a.n, a.to))];
          const { read, write, between } = betweenChunks(shape, from, to, 2, most);
          for (const [i, n] of shape.entries()) {
            expect(between[i]).toBeGreaterThanOrEqual(1);
            expect(between[i]).toBeLessThanOrEqual(Math.min(read[i]!, write[i]!));
            expect(read[i]! >= n || read[i]! % between[i]! === 0).toBe(true);
            expect(write[i]! >= n || write[i]! % to[i]! === 0).toBe(true);
          }
          // Never larger than asked for, but where a single chunk is.
          expect(sizeOf(read) * 2).toBeLessThanOrEqual(Math.max(most, sizeOf(from) * 2));
          expect(sizeOf(write) * 2).toBeLessThanOrEqual(Math.max(most, sizeOf(to) * 2));
        },
      ),
      { numRuns: 300 },
    );
  });
});
