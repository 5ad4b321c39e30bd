import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runTask } from "../../shared/engine/run-task.ts";
import { WorkerSession } from "../../shared/engine/session.ts";
import { runInParts } from "../../shared/engine/tasks/level-parts.ts";
import { levelPart } from "../../shared/plan/level-parts.ts";
import { projectTask } from "../../shared/plan/projection.ts";
import type { MapStage, Plan, PlanArray } from "../../shared/plan/schema.ts";
import { taskRegion } from "../../shared/plan/task-region.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
let count = 0;
let seen = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-parts-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const axis = fc.record({
  n: fc.integer({ min: 1, max: 26 }),
  chunk: fc.integer({ min: 1, max: 6 }),
  factor: fc.integer({ min: 1, max: 3 }),
});

const shapeOf = (array: PlanArray, of: "chunkShape" | "shardShape") =>
  (array.role === "input" ? undefined : array.spec[of]) ??
  (array.role === "input" ? array.chunkShape : array.spec.chunkShape);

/** Carries out each task that can be cut both ways, in parts and whole: the same objects and ranges, and no more memory than projected. */
async function compare(plan: Plan, session: WorkerSession): Promise<void> {
  for (const [at, each] of plan.stages.entries()) {
    const stage = each as MapStage;
    const part = levelPart(stage, plan.arrays, 0);
    if (!part) continue;
    for (let task = 0; task < stage.tasks; task++) {
      const whole = await runTask(session, at, task);
      const region = taskRegion(stage.grid, task);
      session.heap.resetPeak();
      const inParts = await runInParts(session, stage, region, part);
      const byKey = (objects: typeof whole.objects) => objects.map((o) => JSON.stringify(o)).sort();
      expect(byKey(inParts.objects)).toEqual(byKey(whole.objects));
      expect(inParts.statistics).toEqual(whole.statistics);
      const { peak } = await projectTask(
        region,
        stage.program,
        stage.writes,
        (id) => shapeOf(plan.arrays[id]!, "chunkShape"),
        (id) => shapeOf(plan.arrays[id]!, "shardShape"),
        part,
      );
      expect(session.heap.peak).toBeLessThanOrEqual(peak);
      expect(session.heap.live).toBe(0);
      seen++;
    }
  }
}

it("levels that are made part by part are those made of the whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(axis, { minLength: 2, maxLength: 3 }),
      fc.constantFrom("uint8", "uint16", "float32" as const),
      fc.constantFrom("mean", "median", "nearest" as const),
      fc.boolean(),
      async (axes, dtype, method, isChanged) => {
        const base = path.join(folder, String(count++));
        const dims = axes.map(({ n }) => n);
        const chunks = axes.map(({ n, chunk }) => Math.max(Math.ceil(n / 6), Math.min(n, chunk)));
        await storeBlock(path.join(base, "in.zarr"), randomBlock(dtype, dims, count), chunks);
        const steps = isChanged
          ? { level: { op: "mapBlocks", in: "image", expr: "image + 1", dtype } }
          : { level: { op: "rechunk", in: "image", chunks } };
        const pyramid = { levels: 3, method, factors: axes.map(({ factor }) => factor) };
        const plan = await planOf(
          {
            version: 1,
            inputs: { image: { zarr: "in.zarr" } },
            steps,
            outputs: { level: { zarr: "out.zarr", chunks, pyramid } },
          },
          base,
        );
        const { folder: runFolder } = await run(plan, base, { workers: 1, keep: true });
        await compare(plan, new WorkerSession(plan, runFolder.store));
        await fs.rm(base, { recursive: true });
      },
    ),
    { numRuns: 16 },
  );
  expect(seen).toBeGreaterThan(3);
});
