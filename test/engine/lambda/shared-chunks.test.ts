import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBatch } from "../../../shared/engine/lambda/run-batch.ts";
import { TaskThreads } from "../../../shared/engine/lambda/task-threads.ts";
import { type Receipt, receiptKey } from "../../../shared/engine/receipts.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { randomBlock, storeBlock } from "../../support/lazy.ts";
import { begin, planOf } from "../../support/run.ts";

let base = "";
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-shared-chunks-"));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [768, 32, 32], 1), [16, 32, 32]);
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "in.zarr" } },
  steps: {
    smooth: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1 },
      depth: 4,
      boundary: "reflect",
    },
  },
  outputs: { smooth: { zarr: "out.zarr", chunks: [16, 32, 32] } },
};

describe("a batch of a stage with halos on threads", () => {
  it("decodes no more than the plan says", { timeout: 120_000 }, async () => {
    const threads = 3;
    const plan = await planOf(PIPELINE, base, {
      budget: { memoryMiB: 180 + 100 * threads, workers: threads },
    });
    const [stage] = plan.stages;
    const folder = await begin(plan, base);
    const control = new FileStore(path.join(base, "runs"));
    const runner = new TaskThreads(folder);
    const event = { runId: folder.runId, stage: 0, batch: 0, start: 0, end: stage!.tasks, threads };
    await runBatch(control, event, { remainingMs: () => 900_000, tierMB: 3538, runner });
    await runner.stop();
    const { timing } = (await folder.sealed<Receipt>(receiptKey(0, 0)))!;
    expect(timing!.taskMs).toHaveLength(stage!.tasks);
    // by turns it would be 1.3 times as much: a thread would read again what the others have
    expect(timing!.decodedBytes / stage!.estimate.bytesRead).toBeLessThan(1.15);
  });
});
