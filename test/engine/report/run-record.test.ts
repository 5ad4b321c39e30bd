import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noteFailedBatch } from "../../../shared/engine/failed-batches.ts";
import { type Receipt, readProgress, receiptKey, writeReceipt } from "../../../shared/engine/receipts.ts";
import { Heat } from "../../../shared/engine/report/heat.ts";
import { measuredCost } from "../../../shared/engine/report/measured-cost.ts";
import { RunRecord } from "../../../shared/engine/report/run-record.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import type { BatchTiming } from "../../../shared/engine/timing.ts";
import { LamellaError } from "../../../shared/errors.ts";
import { AWS_FACTS } from "../../../shared/plan/aws-facts.ts";
import type { MapStage, Plan } from "../../../shared/plan/schema.ts";
import { taskRegion } from "../../../shared/plan/task-region.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { randomBlock, storeBlock } from "../../support/lazy.ts";
import { begin, filesOf, forWorkers, planOf, run } from "../../support/run.ts";

const replayOf = (stage: string, task: number) => `replay ${stage}:${task}`;

describe("the record of a run here", () => {
  let base = "";
  let plan: Plan;
  beforeAll(async () => {
    base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-report-"));
    await storeBlock(path.join(base, "in.zarr"), randomBlock("uint8", [40, 60], 1), [10, 10]);
    const document = {
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      steps: {
        smooth: {
          ...{ in: "image", op: "mapOverlap", kernel: "gaussian", args: { sigma: 1 } },
          ...{ depth: 3, boundary: "reflect", dtype: "float32" },
        },
      },
      outputs: { smooth: { zarr: "out.zarr", chunks: [10, 10] } },
    };
    plan = await planOf(document, base, { overwrite: true, budget: { workers: 2 } });
  });
  afterAll(() => fs.rm(base, { recursive: true, force: true }));

  it("has every batch, byte and chunk that its receipts prove, as they happened", async () => {
    const { folder, report } = await run(forWorkers(plan), base);
    const record = new RunRecord(folder, plan);
    await record.look();
    const data = await record.measures(replayOf);
    const stage = plan.stages[0]!;
    const [figures] = data.stages;
    expect(figures).toMatchObject({
      name: "smooth",
      tasks: stage.tasks,
      done: stage.tasks,
      bytesRead: report.stages[0]!.bytesRead,
      bytesWritten: report.stages[0]!.bytesWritten,
      inputBytes: 40 * 60,
      retries: 0,
    });
    // Every chunk is decoded once at least, and tasks take what their neighbours take too.
    expect(figures!.decodedBytes).toBeGreaterThanOrEqual(40 * 60);
    expect(figures!.takenBytes).toBeGreaterThan(40 * 60);
    expect(figures!.cacheMisses).toBeGreaterThanOrEqual(24);
    expect(figures!.peakMiB).toBe(report.stages[0]!.peakMiB);
    expect(data.run).toMatchObject({ status: "succeeded", engine: "local", runId: folder.runId });
    const { bars, lanes } = data;
    expect(lanes.every((name) => /^thread \d+$/.test(name))).toBe(true);
    expect(bars.count.reduce((a, b) => a + b, 0)).toBe(stage.tasks);
    expect(Math.min(...bars.at)).toBe(0);
    expect(data.failures).toEqual([]);
    expect(data.notes).toEqual([]);
  });

  it("puts each task at its place in the array", async () => {
    const { folder } = await run(plan, base);
    const record = new RunRecord(folder, plan);
    await record.look();
    const { heat } = (await record.measures(replayOf)).stages[0]!;
    const { grid, tasks } = plan.stages[0] as MapStage;
    expect(heat!.cells.reduce((a, b) => a * b, 1)).toBe(tasks);
    expect(heat!.ms.every((ms) => ms >= 0)).toBe(true);
    const [receipt] = (await receiptsOf(folder)).filter(({ start }) => start === 0);
    for (const [i, bytes] of receipt!.timing!.taskWrote.entries()) {
      const { start } = taskRegion(grid, i);
      const [row, column] = start.map((n, axis) => n / grid.block[axis]!);
      expect(heat!.wrote[row! * heat!.cells[1]! + column!]).toBe(bytes);
    }
  });

  it("writes the same objects with and without what it records, and reads receipts of before", async () => {
    const { folder } = await run(plan, base);
    const objects = await filesOf(path.join(base, "out.zarr"));
    const [old] = await receiptsOf(folder);
    const { timing: _, ...before } = old!;
    await writeReceipt(folder, before);
    expect((await readProgress(folder, plan, 0)).doneCount).toBe(plan.stages[0]!.tasks);
    const record = new RunRecord(folder, plan);
    await record.look();
    const data = await record.measures(replayOf);
    expect(data.stages[0]!.done).toBe(plan.stages[0]!.tasks);
    expect(data.notes).toEqual([expect.stringContaining("earlier version")]);
    expect(await filesOf(path.join(base, "out.zarr"))).toEqual(objects);
  });

  it("names failures with their replay, and tells those that another attempt mended", async () => {
    const folder = await begin(plan, base);
    const failure = (task: number) =>
      new LamellaError("TASK_FAILED", "no </script> here", {
        details: { stage: 0, stageName: "smooth", task },
      });
    await noteFailedBatch(folder, 0, { batch: 0, start: 0, end: 2 }, failure(1), 1);
    await noteFailedBatch(folder, 0, { batch: 1, start: 2, end: 4 }, failure(3));
    await noteFailedBatch(folder, 0, { batch: 2, start: 4, end: 6 }, new LamellaError("CANCELLED", "stop"));
    await writeReceipt(folder, made(plan, { batch: 0, start: 0, end: 2 }));
    const record = new RunRecord(folder, plan);
    await record.look();
    const { failures, stages } = await record.measures(replayOf);
    expect(failures.map(({ task, mended, replay }) => ({ task, mended, replay }))).toEqual([
      { task: 1, mended: true, replay: "replay smooth:1" },
      { task: 3, mended: false, replay: "replay smooth:3" },
    ]);
    expect(stages[0]!.retries).toBe(1);
  });
});

async function receiptsOf(folder: RunFolder): Promise<Receipt[]> {
  const found: Receipt[] = [];
  for await (const { key } of folder.store.list("receipts/0/"))
    found.push((await folder.json<Receipt>(key))!);
  return found;
}

function made(plan: Plan, item: { batch: number; start: number; end: number }, worker = "thread 1"): Receipt {
  const tasks = item.end - item.start;
  const each = (value: number) => new Array<number>(tasks).fill(value);
  const timing: BatchTiming = {
    ...{
      startedAt: 1e12 + 10 * item.batch,
      worker,
      cacheHits: 1,
      cacheMisses: 2,
      decodedBytes: 3,
      takenBytes: 4,
    },
    ...{ reads: 5, writes: 6, rss: 2 ** 20, taskMs: each(2), taskRead: each(7), taskWrote: each(8) },
  };
  return {
    ...{ version: 1, planHash: plan.hash, stage: 0, ...item, seconds: 0.01, bytesRead: 7, bytesWritten: 8 },
    ...{ peakHeap: 9, objects: [], timing },
  };
}

describe("ten million tasks", () => {
  const tasks = 10_000_000;
  const stage = {
    ...{ name: "s", kind: "map", tasks, writes: [] },
    grid: { shape: [1000, 1000, 1000], block: [10, 10, 1] },
    memory: { heap: 1, buffers: 1, cache: 1, garbage: 1 },
    estimate: { bytesInput: 1, bytesRead: 1, bytesWritten: 1 },
  };
  const plan = {
    ...{ hash: "h", lamella: "0", stages: [stage], arrays: {}, outputs: {} },
    budget: { workers: 2, memoryMiB: 500 },
  } as unknown as Plan;

  it("give a page that a browser can hold, which says what it merges", async () => {
    const folder = new RunFolder(new MemoryStore(), "a-run");
    await folder.writeState({
      ...{ runId: "a-run", status: "running", engine: "aws", createdAt: "", updatedAt: "", outputs: {} },
      planHash: "h",
    });
    for (let batch = 0; batch < 13_000; batch++)
      await writeReceipt(
        folder,
        made(plan, { batch, start: 4 * batch, end: 4 * batch + 4 }, `w${batch % 3}`),
      );
    const record = new RunRecord(folder, plan);
    await record.look();
    const data = await record.measures(replayOf);
    expect(data.stages[0]!.done).toBe(52_000);
    expect(data.bars.at.length).toBeLessThanOrEqual(12_000);
    expect(data.bars.count.reduce((a, b) => a + b, 0)).toBe(52_000);
    expect(data.stages[0]!.heat!.ms.length).toBeLessThanOrEqual(40_000);
    expect(JSON.stringify(data).length).toBeLessThan(3e6);
    expect(data.notes.join("\n")).toMatch(/share a bar[\s\S]*share a cell[\s\S]*one batch in 5/);
  });

  it("keep means of the cells that they share", () => {
    const heat = new Heat(plan, plan.stages[0]!);
    const { timing } = made(plan, { batch: 0, start: 0, end: 2 });
    heat.add(0, [[0, 2]], { ...timing!, taskMs: [2, 4] });
    const { ms, merged, cells } = heat.data;
    expect(cells.reduce((a, b) => a * b, 1)).toBeLessThanOrEqual(40_000);
    expect(merged.reduce((a, b) => a * b, 1)).toBeGreaterThan(200);
    expect(ms.filter((value) => value >= 0)).toEqual([3]);
  });
});

describe("a run on AWS", () => {
  const stage = {
    ...{ name: "s", kind: "map", tasks: 4, writes: [], grid: { shape: [4], block: [1] } },
    ...{ memory: { heap: 1, buffers: 1, cache: 1, garbage: 1 }, program: { nodes: [] } },
    estimate: {
      bytesInput: 1,
      bytesRead: 1,
      bytesWritten: 1,
      objectsRead: 1,
      objectsWritten: 1,
      cpuSeconds: 1,
    },
  };
  const plan = {
    ...{ hash: "h", lamella: "0", stages: [stage], arrays: {}, outputs: {} },
    budget: { workers: 1, memoryMiB: 1769 },
  } as unknown as Plan;

  it("is charged for what its batches took, and names the functions that were too small", async () => {
    const folder = new RunFolder(new MemoryStore(), "a-run");
    await folder.writeState({
      ...{ runId: "a-run", status: "running", engine: "aws", createdAt: "", updatedAt: "", outputs: {} },
      planHash: "h",
    });
    const receipt = made(plan, { batch: 0, start: 0, end: 2 }, "0a1b2c3d");
    const timing = { ...receipt.timing!, functionMB: 2048 };
    const escalations = [{ tierMB: 1769, error: "Runtime.ExitError" }];
    await writeReceipt(folder, { ...receipt, seconds: 100, timing, tierMB: 2048, escalations });
    const record = new RunRecord(folder, plan);
    await record.look();
    const { failures, stages, lanes } = await record.measures(replayOf);
    expect(lanes).toEqual(["0a1b2c3d"]);
    expect(failures).toMatchObject([{ code: "Runtime.ExitError", mended: true, replay: "replay s:0" }]);
    expect(failures[0]!.message).toContain("1769 MB");
    expect(stages[0]).toMatchObject({ retries: 1, done: 2, peakMiB: 1 });
    const { usd, stages: costs } = measuredCost(plan, record.stages, AWS_FACTS, false);
    expect(costs[0]).toMatchObject({ gbSeconds: 200, batches: 1, reads: 6, writes: 7, stepFunctionsUsd: 0 });
    expect(usd).toBeCloseTo(200 * 0.0000133334 + 0.2e-6 + 6 * 0.0004e-3 + 7 * 0.005e-3, 9);
  });
});

it("a look reads only the receipts that came since the last", async () => {
  let gets = 0;
  class Counted extends MemoryStore {
    override get(key: string) {
      gets += key.includes("/receipts/") ? 1 : 0;
      return super.get(key);
    }
  }
  const stages = [0, 1].map((i) => ({
    ...{ name: `s${i}`, kind: "map", tasks: 2, grid: { shape: [2], block: [1] }, writes: [] },
    memory: { heap: 1, buffers: 1, cache: 1, garbage: 1 },
    estimate: { bytesInput: 1, bytesRead: 1, bytesWritten: 1 },
  }));
  const plan = { hash: "h", stages, arrays: {}, budget: { workers: 1, memoryMiB: 1 } } as unknown as Plan;
  const folder = new RunFolder(new Counted(), "a-run");
  const record = new RunRecord(folder, plan);
  await writeReceipt(folder, made(plan, { batch: 0, start: 0, end: 1 }));
  await folder.store.put(receiptKey(0, 5), new TextEncoder().encode("{"));
  await record.look(0);
  expect(gets).toBe(2);
  await writeReceipt(folder, made(plan, { batch: 1, start: 1, end: 2 }));
  await record.look(0);
  expect(gets).toBe(3);
  expect(record.stages[0]!.isComplete).toBe(true);
});
