import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { MapStage } from "../../shared/plan/schema.ts";
import { sharedCache } from "../../shared/plan/shared-cache.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { differences, filesOf, forWorkers, planOf, run } from "../support/run.ts";

let base = "";
// The last chunks of an axis are wide enough for their borders to be kept: how often they are decoded is no matter of time.
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-shared-"));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [12, 74, 61], 1), [4, 16, 16]);
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

function planTo(out: string, chunks: readonly number[]) {
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: {
      smooth: {
        op: "mapOverlap",
        in: "image",
        kernel: "gaussian",
        args: { sigma: [0, 1, 1], truncate: 2 },
        depth: [0, 2, 2],
      },
      counts: { op: "mapBlocks", in: "smooth", expr: "round(smooth)", dtype: "uint16" },
    },
    outputs: { counts: { zarr: out, chunks: [...chunks], codec: "none" } },
  };
  return planOf(document, base, { budget: { workers: 2, memoryMiB: 2048 } });
}

it("workers that share chunks, and compute an object at a time, write what one process does at once", async () => {
  const threaded = await planTo("threads.zarr", [4, 16, 16]);
  const stage = threaded.stages[0] as MapStage;
  expect(sharedCache(threaded, 0, 2)?.arrays).toHaveLength(1);
  expect(stage.tasks).toBeLessThan(stage.estimate.objectsWritten);
  const { folder } = await run(forWorkers(threaded), base);
  await run(await planTo("inline.zarr", [4, 16, 16]), base);
  const [threads, inline] = await Promise.all(
    ["threads.zarr", "inline.zarr"].map((name) => filesOf(path.join(base, name, "c"))),
  );
  expect(differences(threads!, inline!)).toEqual([]);

  const receipts = [...(await filesOf(path.join(base, "runs/runs", folder.runId))).entries()]
    .filter(([name]) => name.startsWith("receipts/"))
    .map(([, bytes]) => JSON.parse(bytes.toString()) as { timing?: { cacheMisses: number } });
  const decoded = receipts.reduce((sum, { timing }) => sum + (timing?.cacheMisses ?? 0), 0);
  expect(decoded).toBe(3 * 5 * 4);

  // One object: nothing is computed in parts.
  await run(await planTo("whole.zarr", [12, 74, 61]), base);
  const [whole] = (await filesOf(path.join(base, "whole.zarr/c"))).values();
  const elements = new Uint16Array(whole!.buffer, whole!.byteOffset, whole!.byteLength / 2);
  for (const [name, bytes] of threads!) {
    const [z, y, x] = name.split("/").map(Number) as [number, number, number];
    const chunk = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
    for (let i = 0; i < 4 * 16 * 16; i += 7) {
      const at = [
        4 * z + Math.floor(i / 256),
        16 * y + (Math.floor(i / 16) % 16),
        16 * x + (i % 16),
      ] as const;
      if (at[1] >= 74 || at[2] >= 61) continue;
      expect(chunk[i], at.join()).toBe(elements[(at[0] * 74 + at[1]) * 61 + at[2]]);
    }
  }
});
