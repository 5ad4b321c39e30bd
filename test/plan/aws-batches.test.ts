import { describe, expect, it } from "vitest";
import { batchesOf } from "../../shared/engine/receipts.ts";
import { batchesOnAws, STAGE_CONCURRENCY } from "../../shared/plan/aws-batches.ts";
import { AWS_FACTS } from "../../shared/plan/aws-facts.ts";
import { largestBudgetMiB, tierOf, usableBytes, vcpusOf } from "../../shared/plan/aws-tier.ts";
import { projectedPeak } from "../../shared/plan/budget.ts";
import type { Stage } from "../../shared/plan/schema.ts";

const MiB = 2 ** 20;
const { lambda, stepFunctions, s3 } = AWS_FACTS;

/** A stage of so many tasks; memory and work are those of one task. */
function stageOf(
  tasks: number,
  one: { heapMiB?: number; cpuSeconds?: number; bytes?: number; objects?: number } = {},
): Stage {
  const { heapMiB = 50, cpuSeconds = 0.1, bytes = 1e6, objects = 1 } = one;
  return {
    name: "s",
    kind: "map",
    tasks,
    memory: { heap: heapMiB * MiB, buffers: 8 * MiB, cache: 8 * MiB, garbage: 8 * MiB },
    estimate: {
      bytesRead: tasks * bytes,
      bytesInput: tasks * bytes,
      bytesWritten: tasks * bytes,
      objectsRead: tasks * objects,
      objectsWritten: tasks * objects,
      cpuSeconds: tasks * cpuSeconds,
    },
    grid: { shape: [tasks], block: [1] },
    program: { nodes: [], result: 0 },
    writes: [{ array: "a" }],
  } as unknown as Stage;
}

describe("the tier of a stage", () => {
  it("has a thread a vCPU: 1, 2, 4 and 6", () => {
    expect(lambda.tiersMB.map((tier) => vcpusOf(tier))).toEqual([1, 2, 4, 6]);
  });

  it("is the smallest where a task fits into a vCPU's share", () => {
    expect(tierOf(stageOf(1000))).toEqual({ tierMB: 1769, threads: 1 });
    expect(tierOf(stageOf(1000, { heapMiB: 1300 }))).toEqual({ tierMB: 1769, threads: 1 });
  });

  it.each([1600, 2000, 3000, 3900])("holds tasks of %i MiB, where a thread costs least", (heapMiB) => {
    const stage = stageOf(1000, { heapMiB });
    const chosen = tierOf(stage);
    expect(projectedPeak(stage.memory, chosen.threads)).toBeLessThanOrEqual(usableBytes(chosen.tierMB));
    for (const tierMB of lambda.tiersMB) {
      for (let threads = 1; threads <= vcpusOf(tierMB); threads++) {
        if (projectedPeak(stage.memory, threads) > usableBytes(tierMB)) continue;
        expect(chosen.tierMB / chosen.threads).toBeLessThanOrEqual(1.02 * (tierMB / threads));
      }
    }
  });

  it("has no more threads than there are tasks", () => {
    expect(tierOf(stageOf(1, { heapMiB: 2000 }))).toEqual({ tierMB: 3538, threads: 1 });
  });

  it("is the largest, with one thread, for what none holds: the planner has refused that before", () => {
    expect(tierOf(stageOf(10, { heapMiB: 20_000 }))).toEqual({ tierMB: 10240, threads: 1 });
    expect(largestBudgetMiB(lambda.tiersMB) * MiB).toBeLessThanOrEqual(10240e6);
  });

  it("goes by the tiers that a stack has", () => {
    const facts = { lambda: { ...lambda, tiersMB: [1769, 3008] } };
    expect(tierOf(stageOf(10, { heapMiB: 2000 }), facts)).toEqual({ tierMB: 3008, threads: 1 });
  });

  it("is a larger one at the same price where much is to be computed", () => {
    const much = batchesOnAws(stageOf(1_000_000, { cpuSeconds: 2 }));
    expect(much).toMatchObject({ tierMB: 10240, threads: 6 });
    // what waits for S3 has more of it from more functions, not from more vCPUs
    expect(batchesOnAws(stageOf(1_000_000, { cpuSeconds: 0.1, bytes: 5e7 }))).toMatchObject({ tierMB: 1769 });
  });
});

describe("the batches of a stage", () => {
  it("are Express where short, and cheaper so; Standard where long", () => {
    expect(batchesOnAws(stageOf(100)).childType).toBe("EXPRESS");
    expect(batchesOnAws(stageOf(100, { cpuSeconds: 60 })).childType).toBe("STANDARD");
    const cheapStandard = {
      ...AWS_FACTS,
      stepFunctions: { ...stepFunctions, usdPerMillionTransitions: 0.001 },
    };
    expect(batchesOnAws(stageOf(100), { facts: cheapStandard }).childType).toBe("STANDARD");
  });

  it.each([1, 37, 1000, 10_000, 10_000_000])("of %i tasks stay within every quota", (tasks) => {
    for (const cpuSeconds of [0.001, 1, 30, 400]) {
      const stage = stageOf(tasks, { cpuSeconds });
      const chosen = batchesOnAws(stage);
      const { size, count, batchSeconds, childType, concurrency, threads } = chosen;
      expect(size * count).toBeGreaterThanOrEqual(tasks);
      expect(size * (count - 1)).toBeLessThan(tasks);
      expect(count).toBeLessThanOrEqual(stepFunctions.mapItems);
      expect(size).toBeGreaterThanOrEqual(Math.min(threads, tasks));
      if (childType === "EXPRESS")
        expect(5 * batchSeconds).toBeLessThanOrEqual(stepFunctions.expressTimeoutSeconds);
      if (cpuSeconds < 400) expect(batchSeconds).toBeLessThan(lambda.timeoutSeconds / 2);
      expect(concurrency).toBeLessThanOrEqual(Math.min(STAGE_CONCURRENCY, count, lambda.concurrency));
      expect(concurrency).toBeGreaterThanOrEqual(1);
    }
  });

  it("of ten million tasks are a manifest of ranges that a Map Run reads", () => {
    const line = Buffer.byteLength(
      `${JSON.stringify({ batch: 9_999_999, start: 9_999_998, end: 9_999_999 })},\n`,
    );
    // as many batches as tasks, should each of them take minutes
    expect(10_000_000 * line).toBeLessThan(stepFunctions.manifestBytes);
    expect(batchesOnAws(stageOf(10_000_000, { cpuSeconds: 300 })).count).toBe(Math.ceil(10_000_000 / 6));
    const { size, count } = batchesOnAws(stageOf(10_000_000));
    expect(count * line).toBeLessThan(2 ** 20);
    let batches = 0;
    for (const item of batchesOf(new Uint8Array(10_000_000), size, 0)) {
      batches++;
      expect(item.end - item.start).toBeLessThanOrEqual(size);
    }
    expect(batches).toBe(count);
  });

  it("write no faster than one prefix of S3 takes", () => {
    const many = stageOf(100_000, { cpuSeconds: 0.001, bytes: 100, objects: 64 });
    const { concurrency, batchSeconds, count } = batchesOnAws(many, { concurrency: 10_000 });
    const putsPerBatch = many.estimate.objectsWritten / count + 1;
    expect(concurrency).toBeLessThan(10_000);
    expect((concurrency * putsPerBatch) / batchSeconds).toBeLessThanOrEqual(s3.putsPerSecond * 1.01);
  });

  it("run as many at once as the stack allows", () => {
    expect(batchesOnAws(stageOf(100_000, { cpuSeconds: 5 }), { concurrency: 17 }).concurrency).toBe(17);
  });
});
