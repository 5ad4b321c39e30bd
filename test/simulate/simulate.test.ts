import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AWS_FACTS, type AwsFacts } from "../../shared/plan/aws-facts.ts";
import { overrideFacts } from "../../shared/plan/override-facts.ts";
import type { Plan, Stage } from "../../shared/plan/schema.ts";
import { type Simulation, simulate } from "../../shared/simulate/simulate.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf } from "../support/run.ts";

let base = "";
/** A terabyte smoothed, and its mean: stages of every kind of bottleneck. */
let plan: Plan;
/** Ten million chunks of a few bytes. */
let crumbs: Plan;
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-simulate-"));
  await pretendArray(path.join(base, "in.zarr"), [8192, 8192, 8192], [64, 256, 256]);
  await pretendArray(path.join(base, "crumbs.zarr"), [10_000, 8192, 8192], [1, 256, 256], "uint8");
  const smooth = {
    op: "mapOverlap",
    in: "image",
    kernel: "gaussian",
    args: { sigma: 1.5 },
    depth: 6,
    boundary: "reflect",
  };
  plan = await compiled("in.zarr", { smooth, mean: { op: "mean", in: "image", axis: 0 } }, [
    "smooth",
    "mean",
  ]);
  const bright = { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 3 } };
  crumbs = await compiled("crumbs.zarr", { bright }, ["bright"]);
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

async function compiled(zarr: string, steps: object, outputs: readonly string[]): Promise<Plan> {
  const document = {
    version: 1,
    inputs: { image: { zarr } },
    steps,
    outputs: Object.fromEntries(outputs.map((name) => [name, { zarr: `${name}.zarr` }])),
  };
  return planOf(document, base, { budget: { workers: 1, memoryMiB: 9765 } });
}

/** Nothing strays from its mean. */
const CALM = {
  simulation: {
    taskSpread: 0,
    environmentSpread: 0,
    slowEnvironments: 0,
    slowRequests: 0,
    faultsPerMillionInvocations: 0,
    deathsPerMillionTasks: 0,
  },
};

function facts(...changes: readonly object[]): AwsFacts {
  const merged: { [group: string]: object } = {};
  for (const change of changes)
    for (const [group, values] of Object.entries(change)) merged[group] = { ...merged[group], ...values };
  return overrideFacts(merged, "the test");
}

/** The plan with its only stage changed. */
function changed(of: Plan, change: (stage: Stage) => Partial<Stage["estimate"]>): Plan {
  const [stage] = of.stages;
  return { ...of, stages: [{ ...stage!, estimate: { ...stage!.estimate, ...change(stage!) } } as Stage] };
}

const secondsOn = (share: string, { spent }: Pick<Simulation, "spent">): number =>
  spent.find(([name]) => name === share)?.[1] ?? 0;

describe("a simulated run", () => {
  it("is the same for the same seed, and another, but not much, for another", () => {
    const first = simulate(plan);
    expect(simulate(plan)).toEqual(first);
    const second = simulate(plan, { seed: 2 });
    expect(second.seconds).not.toBe(first.seconds);
    expect(Math.abs(second.seconds / first.seconds - 1)).toBeLessThan(0.1);
    expect(Math.abs(second.usd.total / first.usd.total - 1)).toBeLessThan(0.02);
  });

  it("spends all of its time on something, and does every task once", () => {
    const run = simulate(plan, { facts: facts({ simulation: { deathsPerMillionTasks: 500 } }) });
    const spent = run.spent.reduce((sum, [, seconds]) => sum + seconds, 0);
    expect(spent).toBeCloseTo(run.seconds, 6);
    for (const [i, stage] of run.stages.entries()) {
      expect(stage.tasks).toBe(plan.stages[i]!.tasks);
      expect(stage.spent.reduce((sum, [, seconds]) => sum + seconds, 0)).toBeCloseTo(stage.seconds, 6);
      expect(stage.mostFunctions).toBeLessThanOrEqual(stage.allowedFunctions);
    }
    expect(run.usd.total).toBeCloseTo(run.usd.lambda + run.usd.stepFunctions + run.usd.s3, 9);
    expect(run.stages.reduce((n, { escalations }) => n + escalations, 0)).toBeGreaterThan(5);
  });

  it("agrees with the plan's arithmetic where nothing strays, and never beats it", () => {
    const run = simulate(plan, { facts: facts(CALM) });
    expect(run.seconds).toBeGreaterThan(run.leastSeconds);
    expect(run.seconds).toBeLessThan(1.5 * run.leastSeconds);
    expect(run.usd.total / run.estimatedUsd).toBeGreaterThan(0.95);
    expect(run.usd.total / run.estimatedUsd).toBeLessThan(1.1);
    expect(run.usd.total).toBeLessThan(simulate(plan).usd.total);
  });

  it("is bound by the functions at once, then by other things", () => {
    const few = simulate(plan, { concurrency: 20 });
    const usual = simulate(plan);
    const many = simulate(plan, { concurrency: 5000 });
    expect(few.bottleneck).toMatchObject({ what: "functions at once", stage: "smooth" });
    expect(secondsOn("functions at once", few) / few.seconds).toBeGreaterThan(0.9);
    expect(few.seconds).toBeGreaterThan(5 * usual.seconds);
    expect(many.seconds).toBeLessThan(usual.seconds);
    expect(many.bottleneck.what).not.toBe("functions at once");
  });
});

describe("Step Functions and Lambda", () => {
  it("dispatch no faster than their quota", () => {
    const slow = facts(CALM, {
      stepFunctions: { standardDispatchPerSecond: 1, expressDispatchPerSecond: 1 },
    });
    const run = simulate(plan, { facts: slow });
    expect(run.bottleneck.what).toBe("dispatch rate");
    for (const stage of run.stages) expect(stage.seconds).toBeGreaterThan(stage.batches - 1);
  });

  it("start environments as fast as Lambda scales, and throttle what comes sooner", () => {
    const ramp = facts(CALM, {
      lambda: { newEnvironmentsPer10Seconds: 20 },
      stepFunctions: { standardDispatchPerSecond: 1000 },
    });
    const run = simulate(plan, { facts: ramp });
    const [smooth] = run.stages;
    expect(smooth!.throttles).toBeGreaterThan(100);
    // 20 at once, then 2 a second
    expect(secondsOn("Lambda's ramp", smooth!)).toBeGreaterThan(((smooth!.allowedFunctions - 20) / 2) * 0.5);
    expect(simulate(plan, { facts: facts(CALM) }).stages[0]!.throttles).toBe(0);
  });

  it("keep to the account's concurrency", () => {
    const run = simulate(plan, { facts: facts({ lambda: { concurrency: 30 } }), concurrency: 30 });
    expect(Math.max(...run.stages.map(({ mostFunctions }) => mostFunctions))).toBe(30);
  });

  it("hand back what a function has no time for", () => {
    const run = simulate(plan, { facts: facts(CALM, { lambda: { timeoutSeconds: 100 } }) });
    const [smooth] = run.stages;
    expect(smooth!.handBacks).toBeGreaterThan(smooth!.batches / 2);
    expect(smooth!.invocations).toBe(smooth!.batches + smooth!.handBacks);
    expect(run.failed).toBeUndefined();
  });

  it("leave to a Standard turn what an Express child had no time for", () => {
    const slower = facts(CALM, { lambda: { networkBytesPerSecond: 1e6 } });
    const mean = simulate(plan, { facts: slower }).stages.find(({ name }) => name === "mean")!;
    expect(mean.childType).toBe("EXPRESS");
    expect(mean.turns).toBeGreaterThan(1);
  });

  it("try an out-of-memory death on the next tier", () => {
    const run = simulate(plan, { facts: facts({ simulation: { deathsPerMillionTasks: 300 } }) });
    const calm = simulate(plan, { facts: facts({ simulation: { deathsPerMillionTasks: 0 } }) });
    const [smooth] = run.stages;
    expect(smooth!.escalations).toBeGreaterThan(0);
    expect(smooth!.invocations).toBe(smooth!.batches + smooth!.escalations);
    expect(calm.stages[0]!.escalations).toBe(0);
    expect(run.failed).toBeUndefined();
  });

  it("fail where a task takes longer than a function may, or every tier dies of it", () => {
    const long = changed(plan, ({ tasks }) => ({ cpuSeconds: 700 * tasks }));
    expect(simulate(long, { facts: facts(CALM) }).failed).toEqual({ stage: "smooth", why: "out of time" });
    const deadly = facts({ simulation: { deathsPerMillionTasks: 1e6 } });
    expect(simulate(plan, { facts: deadly }).failed).toEqual({ stage: "smooth", why: "out of memory" });
  });

  it("charge a service's faults with another transition each", () => {
    const faulty = facts(CALM, { simulation: { ...CALM.simulation, faultsPerMillionInvocations: 100_000 } });
    const [smooth] = simulate(plan, { facts: faulty }).stages;
    const transitions = smooth!.batches * AWS_FACTS.stepFunctions.transitionsPerChild + smooth!.faults;
    expect(smooth!.faults).toBeGreaterThan(50);
    expect(smooth!.childType).toBe("STANDARD");
    expect(smooth!.usd.stepFunctions).toBeCloseTo((transitions * 25) / 1e6, 9);
  });
});

describe("S3", () => {
  it("answers what a prefix can, refuses the rest for a while, and splits prefixes under load", () => {
    const quick = { lambda: { timeoutSeconds: 900 }, s3: { putsPerSecond: 100, splitSeconds: 1e9 } };
    const [before] = simulate(crumbs, { facts: facts(CALM, quick), concurrency: 1000 }).stages;
    // the planner holds functions to the rate; what is left is refused
    expect(before!.refused).toBeGreaterThan(0);
    expect(before!.seconds).toBeGreaterThan(before!.tasks / 100);
    const splits = { s3: { putsPerSecond: 100, splitSeconds: 600 } };
    const [after] = simulate(crumbs, { facts: facts(CALM, splits), concurrency: 1000 }).stages;
    expect(after!.seconds).toBeLessThan(before!.seconds);
  });

  it("delays tasks by slow requests", () => {
    const slow = { simulation: { ...CALM.simulation, slowRequests: 0.2, slowRequestSeconds: 5 } };
    const late = simulate(plan, { facts: facts(slow) });
    const calm = simulate(plan, { facts: facts(CALM) });
    expect(late.seconds).toBeGreaterThan(1.3 * calm.seconds);
    expect(late.usd.lambda).toBeGreaterThan(1.3 * calm.usd.lambda);
  });
});

it("simulates ten million tasks as so many draws, in a stage of some thousand batches", () => {
  const run = simulate(crumbs);
  expect(run.tasks).toBe(10_240_000);
  expect(run.stages[0]!.invocations).toBeLessThan(2 * run.batches);
  expect(run.bottleneck.what).toMatch(/^S3/);
  expect(JSON.stringify(run).length).toBeLessThan(5000);
});
