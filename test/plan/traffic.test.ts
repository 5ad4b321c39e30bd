import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { runTasks } from "../../shared/engine/batch.ts";
import { WorkerSession } from "../../shared/engine/session.ts";
import type { MapStage } from "../../shared/plan/schema.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { begin, planOf } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-traffic-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

let count = 0;

/** Plans over an input in `chunks`, runs the one stage as its workers would, and tells the projected and the measured fetches. */
async function fetches(
  dims: readonly number[],
  chunks: readonly number[],
  out: readonly number[],
  depth: number,
) {
  const base = path.join(folder, String(count++));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint8", dims, count), chunks);
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: {
      smooth: { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: 1, truncate: 2 }, depth },
      plain: { op: "rechunk", in: "image", chunks: out },
    },
    outputs: { o: { step: depth > 0 ? "smooth" : "plain", zarr: "out.zarr", chunks: out } },
  };
  const workers = 2;
  const plan = await planOf(document, base, { budget: { workers, memoryMiB: 4096 } });
  const stage = plan.stages[0] as MapStage;
  const run = await begin(plan, base);
  let fetched = 0;
  for (let worker = 0; worker < workers; worker++) {
    const session = new WorkerSession(plan, run.store);
    const [start, end] = [worker, worker + 1].map((w) => Math.floor((w * stage.tasks) / workers)) as [
      number,
      number,
    ];
    if (start < end) await runTasks(session, run, 0, { batch: worker, start, end });
    fetched += session.cache.misses;
  }
  await fs.rm(base, { recursive: true });
  return { projected: stage.estimate.objectsRead, fetched, stage };
}

describe("the bytes that a plan says are read", () => {
  it("are the chunks that the workers decode", async () => {
    // Of halos as wide as half a chunk too much is foretold: chunks, the last ones too, are wider than twice the depth.
    const axis = fc
      .record({
        n: fc.integer({ min: 1, max: 24 }),
        chunk: fc.integer({ min: 5, max: 24 }),
        out: fc.integer({ min: 5, max: 24 }),
      })
      .filter(({ n, chunk }) => n <= chunk || n % chunk === 0 || n % chunk > 4);
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 2),
        async (axes, depth) => {
          const { projected, fetched, stage } = await fetches(
            axes.map((a) => a.n),
            axes.map((a) => Math.min(a.n, a.chunk)),
            axes.map((a) => Math.min(a.n, a.out)),
            depth,
          );
          // A worker reads several chunks at once, so that one may still be there, or gone already.
          expect(Math.abs(projected - fetched)).toBeLessThanOrEqual(2 + 0.1 * fetched);
          expect(stage.estimate.bytesRead).toBeGreaterThan(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("count a chunk whole, however little of it a task takes", async () => {
    const { stage, fetched } = await fetches([8, 64, 64], [1, 64, 64], [8, 64, 8], 0);
    // Two workers: the cache of each holds all planes.
    expect(fetched).toBe(16);
    expect(stage.estimate.bytesRead).toBe(2 * sizeOf([8, 64, 64]));
    expect(stage.estimate.bytesTaken).toBe(sizeOf([8, 64, 64]));
  });
});
