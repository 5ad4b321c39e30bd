import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromZarr } from "../../shared/index.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-economy-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const smooth = (input: string, sigma: number, boundary: string) => ({
  op: "mapOverlap",
  in: input,
  kernel: "gaussian",
  args: { sigma },
  depth: Math.ceil(4 * sigma),
  boundary,
});
const chain = (sigma: number, chunks: readonly number[]) => ({
  version: 1,
  inputs: { image: { zarr: "in.zarr" } },
  steps: {
    a: smooth("image", sigma, "reflect"),
    b: smooth("a", sigma, "nearest"),
    c: smooth("b", sigma, "mirror"),
    low: { op: "mapBlocks", in: "b", kernel: "threshold", args: { above: 50 } },
    high: { op: "mapBlocks", in: "b", kernel: "threshold", args: { above: 150 } },
    most: { op: "max", in: "a", axis: [0] },
  },
  outputs: Object.fromEntries(
    ["c", "low", "high", "most"].map((name) => [
      name,
      { zarr: `${name}.zarr`, ...(name === "most" ? {} : { chunks }) },
    ]),
  ),
});

describe("a chain of overlaps", () => {
  it("gives the same values fused and with its steps stored on the way", async () => {
    const base = path.join(folder, "values");
    await storeBlock(path.join(base, "in.zarr"), randomBlock("uint8", [9, 20, 17], 3), [4, 7, 9]);
    const results: unknown[] = [];
    const stages: number[] = [];
    const hashes = new Set<string>();
    for (const economy of ["fuse", "store", "cost"] as const) {
      const plan = await planOf(chain(0.5, [5, 8, 17]), base, { economy, overwrite: true });
      await run(plan, base, { workers: 1 });
      const names = Object.keys(plan.outputs);
      results.push(
        await Promise.all(
          names.map(async (name) => (await fromZarr(path.join(base, `${name}.zarr`))).compute()),
        ),
      );
      stages.push(plan.stages.length);
      hashes.add(plan.hash);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(stages[1]).toBeGreaterThan(stages[0]!);
    expect(hashes.size).toBe(1);
  });

  it("is stored on the way where its halos would cost more, and says why", async () => {
    const base = path.join(folder, "costs");
    await pretendArray(path.join(base, "in.zarr"), [512, 1024, 1024], [64, 64, 64]);
    const one = (steps: object, step: string) => ({
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      steps,
      outputs: { o: { step, zarr: "o.zarr", chunks: [64, 64, 64] } },
    });
    const budget = { workers: 2, memoryMiB: 2048 };
    const near = await planOf(
      one({ a: smooth("image", 1, "reflect"), b: smooth("a", 1, "reflect") }, "b"),
      base,
      { budget },
    );
    expect(near.stages.map((stage) => stage.name)).toEqual(["b"]);
    expect(near.decisions).toMatchObject([
      { step: "b", choice: "fused", reason: expect.stringContaining("a, b in one stage") },
    ]);
    const far = await planOf(
      one(
        Object.fromEntries(
          [..."abcdef"].map((name, i) => [name, smooth(i === 0 ? "image" : "abcdef"[i - 1]!, 8, "reflect")]),
        ),
        "f",
      ),
      base,
      { budget },
    );
    expect(far.stages.length).toBeGreaterThan(1);
    const stored = far.decisions.filter((decision) => decision.choice === "stored");
    expect(stored.length).toBe(far.stages.length - 1);
    expect(stored[0]!.reason).toMatch(/computing it again for \w would take [\d.]+ s/);
  });

  it("is computed once for several outputs where that is cheaper", async () => {
    const base = path.join(folder, "shared");
    await pretendArray(path.join(base, "in.zarr"), [256, 512, 512], [64, 128, 128]);
    const several = (kernel: object) => ({
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      steps: {
        slow: { in: "image", ...kernel },
        low: { op: "mapBlocks", in: "slow", kernel: "threshold", args: { above: 50 } },
        high: { op: "mapBlocks", in: "slow", kernel: "threshold", args: { above: 150 } },
        most: { op: "max", in: "slow", axis: [0] },
      },
      outputs: { low: { zarr: "low.zarr" }, high: { zarr: "high.zarr" }, most: { zarr: "most.zarr" } },
    });
    const budget = { workers: 2, memoryMiB: 4096 };
    const wide = several({
      op: "mapOverlap",
      kernel: "gaussian",
      args: { sigma: 12 },
      depth: 48,
      boundary: "reflect",
    });
    const plan = await planOf(wide, base, { budget });
    expect(plan.stages.map((stage) => stage.name)).toEqual(["slow", "low", "high", "most"]);
    expect(plan.decisions).toContainEqual({
      step: "slow",
      choice: "stored",
      reason: expect.stringMatching(
        /^3 stages come from it \(low, high, most\): computed in each they take [\d.]+ s/,
      ),
    });
    const cheap = several({ op: "mapBlocks", kernel: "threshold", args: { above: 10 } });
    expect((await planOf(cheap, base, { budget })).stages.map((stage) => stage.name)).toEqual([
      "low",
      "high",
      "most",
    ]);
  });
});
