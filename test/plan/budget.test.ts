import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLamellaError } from "../../shared/errors.ts";
import { projectedPeaks } from "../../shared/plan/budget.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { lamella } from "../support/lamella.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf } from "../support/run.ts";

const WORKERS = 2;

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-budget-"));
  await pretendArray(path.join(folder, "in.zarr"), [256, 2048, 2048], [16, 512, 512]);
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const smooth = { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: 2 }, depth: 8 };
const mask = { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 3 } };
const large = [64, 1024, 1024];

/** A pipeline whose largest stage is of each kind, with the output that it writes. */
const PIPELINES: {
  readonly [name: string]: { readonly steps: { readonly [name: string]: object }; readonly output?: object };
} = {
  map: { steps: { r: smooth }, output: { chunks: large } },
  "a rechunk in one pass": { steps: { r: { op: "rechunk", in: "image", chunks: large } } },
  "a rechunk in two passes": { steps: { r: { op: "rechunk", in: "image", chunks: [-1, 4, 4] } } },
  pyramid: {
    steps: { r: { op: "astype", in: "image", dtype: "float64" } },
    output: { chunks: [32, 512, 512], pyramid: { levels: 3 } },
  },
  reduce: { steps: { r: { op: "std", in: "image", axis: [0] } }, output: { chunks: [1024, 1024] } },
  label: { steps: { mask, r: { op: "label", in: "mask" } }, output: { chunks: large } },
  cumulate: { steps: { r: { op: "cumsum", in: "image", axis: 0 } }, output: { chunks: large } },
  tally: { steps: { r: { op: "histogram", in: "image", bins: 1000, range: [0, 65535] } } },
};

function documentOf(name: string): object {
  const { steps, output = {} } = PIPELINES[name]!;
  return {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps,
    outputs: { r: { zarr: "out.zarr", ...output } },
  };
}

const planned = (name: string, memoryMiB: number): Promise<Plan> =>
  planOf(documentOf(name), folder, { budget: { workers: WORKERS, memoryMiB } });

/** The least budget that a plan's refusal names. */
async function leastBudget(name: string): Promise<number> {
  const error = await planned(name, 200).catch((thrown: unknown) => thrown);
  if (!isLamellaError(error)) throw new Error(`${name} should have been refused`);
  expect(error.code).toBe("OVER_MEMORY");
  const { neededMiB } = error.details as { neededMiB: number };
  expect(error.hint).toContain(`--memory ${neededMiB}`);
  return neededMiB;
}

describe("a budget below what the stages of a plan need", () => {
  it.each(Object.keys(PIPELINES))("is refused with one that is enough: %s", async (name) => {
    const least = await leastBudget(name);
    const plan = await planned(name, least);
    for (const peak of projectedPeaks(plan.stages, WORKERS))
      expect(peak).toBeLessThanOrEqual(least * 2 ** 20);
    await expect(planned(name, least - 1)).rejects.toMatchObject({ code: "OVER_MEMORY" });
  });

  it("ends a run with 3 before anything is written", async () => {
    const before = await fs.readdir(folder);
    for (const name of ["map", "a rechunk in two passes", "label"]) {
      const file = path.join(folder, "pipeline.json");
      await fs.writeFile(file, JSON.stringify(documentOf(name)));
      const memory = String((await leastBudget(name)) - 1);
      const { status, stdout, stderr } = await lamella(
        ["run", file, "--workers", String(WORKERS), "--memory", memory],
        folder,
      );
      expect(stderr).toContain("error[OVER_MEMORY]");
      expect([name, status, stdout]).toEqual([name, 3, ""]);
      await fs.rm(file);
      expect(await fs.readdir(folder)).toEqual(before);
    }
  });
});
