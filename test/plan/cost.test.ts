import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BatchItem } from "../../shared/engine/protocol.ts";
import { nextTurn } from "../../shared/engine/stage-loop.ts";
import { AWS_FACTS } from "../../shared/plan/aws-facts.ts";
import { estimateCost, requireAffordable } from "../../shared/plan/cost.ts";
import { overrideFacts } from "../../shared/plan/override-facts.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { begin, planOf } from "../support/run.ts";

let base = "";
let plan: Plan;
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-cost-"));
  await pretendArray(path.join(base, "in.zarr"), [4000, 2048, 2048], [1, 1024, 1024]);
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: { b: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 3 } } },
    outputs: { b: { zarr: "b.zarr" } },
  };
  plan = await planOf(document, base, { budget: { workers: 1, memoryMiB: 3538 } });
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

describe("the cost of a plan on AWS", () => {
  it("is that of the batches that run, a function's invocation each", async () => {
    const [cost] = estimateCost(plan).stages;
    const run = await begin(plan, base);
    const turn = await nextTurn(run, plan, 0);
    const items = (await run.json<BatchItem[]>(run.manifestKey(0)))!;
    expect(plan.stages[0]!.tasks).toBe(16_000);
    expect(cost!.batches).toBe(items.length);
    expect(cost!.batches).toBe(turn.batches);
    expect(cost!.express).toBe(turn.childType === "EXPRESS");
    expect(cost!.batches).toBeLessThan(2000);
  });

  it("is the sum of what it says it is made of", () => {
    const cost = estimateCost(plan);
    const [one] = cost.stages;
    const { compute, transfer, tasks, batches } = one!.secondsOf;
    expect(one!.lambdaSeconds).toBeCloseTo((compute + transfer + tasks) / one!.threads + batches);
    expect(one!.usd).toBeCloseTo(one!.lambdaUsd + one!.stepFunctionsUsd + one!.s3Usd);
    const { lambda, s3, stepFunctions } = AWS_FACTS;
    expect(one!.lambdaUsd).toBeCloseTo(
      one!.lambdaSeconds * (one!.tierMB / 1024) * lambda.usdPerGBSecond + one!.batches * 2e-7,
    );
    expect(one!.s3Usd).toBeCloseTo((one!.puts * s3.usdPer1000Puts + one!.gets * s3.usdPer1000Gets) / 1000);
    expect(one!.puts).toBe(16_000 + one!.batches + 1);
    const least = Math.max(...Object.values(one!.bounds));
    expect(one!.wallSeconds).toBeCloseTo(stepFunctions.mapOverheadSeconds + lambda.coldStartSeconds + least);
    expect(cost.usd).toBeCloseTo(one!.usd);
  });

  it("goes by other prices and quotas where they are given", () => {
    const facts = overrideFacts(
      { collected: "2027-01", lambda: { usdPerGBSecond: 1 }, s3: { putsPerSecond: 1 } },
      "p",
    );
    const cost = estimateCost(plan, facts);
    expect(cost.factsCollected).toBe("2027-01");
    expect(cost.usd).toBeGreaterThan(1000 * estimateCost(plan).usd);
    expect(cost.stages[0]!.bounds["S3 writes"]).toBe(cost.stages[0]!.puts);
    expect(() => requireAffordable(plan, 1)).not.toThrow();
    expect(() => requireAffordable(plan, 1, facts)).toThrow(expect.objectContaining({ code: "OVER_COST" }));
  });
});

describe("overrideFacts", () => {
  it.each([
    [{ lamda: {} }, "UNKNOWN_KEY", 'Did you mean "lambda"?'],
    [{ s3: { putPerSecond: 3 } }, "UNKNOWN_KEY", 'Did you mean "putsPerSecond"?'],
    [{ s3: { putsPerSecond: "3" } }, "INVALID_ARGUMENT", undefined],
    [{ s3: { putsPerSecond: -1 } }, "INVALID_ARGUMENT", undefined],
    [{ lambda: { tiersMB: [] } }, "INVALID_ARGUMENT", undefined],
    [{ lambda: 3 }, "INVALID_ARGUMENT", undefined],
    [null, "INVALID_ARGUMENT", undefined],
  ])("turns %j down", (given, code, hint) => {
    expect(() => overrideFacts(given, "prices.yaml")).toThrow(
      expect.objectContaining({ code, ...(hint ? { hint } : {}) }),
    );
  });
});
