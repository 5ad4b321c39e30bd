import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overrideFacts } from "../../shared/plan/override-facts.ts";
import type { Plan, Stage } from "../../shared/plan/schema.ts";
import { type Simulation, simulate } from "../../shared/simulate/simulate.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf } from "../support/run.ts";

/**
 * What Cubed published of runs on AWS Lambda with 1,000 functions at once: 1.5 TB of quadratic means in about 100 s (T. White,
 * "Optimizing Cubed", 2024), ERA5 of 1.5 TB rechunked in 8 min 48 s (cubed-dev/cubed#650, 2025).
 */
const PUBLISHED = { means: 100, rechunk: 528 };
const CONCURRENCY = 1000;
/** Functions of one size, invoked directly: no Distributed Map. */
const LITHOPS = { stepFunctions: { mapOverheadSeconds: 1, standardDispatchPerSecond: 1000 } };

/** Two variables of 50,000 time steps of 987 x 1920 float64, in chunks of 10 steps. */
const FIELD = { shape: [50_000, 1, 987, 1920], chunks: [10, 1, 987, 1920], bytes: 50_000 * 987 * 1920 * 8 };
/** 40 years of hours, float32, from maps to time series. */
const ERA5 = { shape: [350_640, 721, 1440], chunks: [31, 721, 1440], target: [-1, 10, 10] };
const ERA5_BYTES = 350_640 * 721 * 1440 * 4;

interface Operation {
  readonly name: string;
  readonly tasks: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly objectsRead: number;
  readonly objectsWritten: number;
  readonly cpuSeconds: number;
}

/** Another program's operations as stages, of which only what they move and compute counts. */
function planOfOperations(operations: readonly Operation[]): Plan {
  const stages = operations.map(({ name, tasks, ...estimate }) => ({
    kind: "map",
    name,
    tasks,
    memory: { heap: 1e9, buffers: 0, cache: 0, garbage: 0 },
    estimate: { ...estimate, bytesInput: estimate.bytesRead },
    grid: { shape: [tasks], block: [1] },
    program: { nodes: [] },
    writes: [{ array: "none" }],
  }));
  return { stages: stages as unknown as Stage[], outputs: {}, arrays: {} } as unknown as Plan;
}

/** Cubed's plan for the means: rounds that join 10 blocks, the first fused with the squares (its benchmark: `split_every=10`, at most 40 blocks). */
function cubedMeans(): Plan {
  const partial = 987 * 1920 * 16;
  const chunk = FIELD.bytes / 5000;
  const round = (name: string, tasks: number): Operation => ({
    name,
    tasks,
    bytesRead: tasks * 10 * partial,
    bytesWritten: tasks * partial,
    objectsRead: tasks * 10,
    objectsWritten: tasks,
    cpuSeconds: tasks * 10 * partial * 1e-9,
  });
  // u*u and v*v read one variable, u*v both
  const blocks = 500 * (10 + 10 + 20);
  return planOfOperations([
    {
      ...round("first", 1500),
      bytesRead: blocks * chunk,
      objectsRead: blocks,
      cpuSeconds: blocks * chunk * 1e-9,
    },
    round("second", 150),
    round("third", 15),
    round("last", 3),
  ]);
}

/** Cubed's plan for ERA5: three intermediates, so four copies of everything, at most 16 blocks in and 15 out of a task (its own test says so). */
function cubedRechunk(): Plan {
  const tasks = 4200;
  const copy = (name: string): Operation => ({
    name,
    tasks,
    bytesRead: ERA5_BYTES,
    bytesWritten: ERA5_BYTES,
    objectsRead: 16 * tasks,
    objectsWritten: 15 * tasks,
    cpuSeconds: ERA5_BYTES * 4e-9,
  });
  return planOfOperations(["first", "second", "third", "last"].map(copy));
}

function simulateCubed(plan: Plan, memoryMB: number): Simulation {
  return simulate(plan, {
    facts: overrideFacts({ ...LITHOPS, lambda: { tiersMB: [memoryMB] } }, "Cubed"),
    concurrency: CONCURRENCY,
  });
}

describe("beside published figures", () => {
  let base = "";
  beforeAll(async () => {
    base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-published-"));
    for (const name of ["u", "v"])
      await pretendArray(path.join(base, `${name}.zarr`), FIELD.shape, FIELD.chunks, "float64");
    await pretendArray(path.join(base, "era5.zarr"), ERA5.shape, ERA5.chunks, "float32");
  });
  afterAll(() => fs.rm(base, { recursive: true, force: true }));

  it("Cubed's quadratic means take about what they took", () => {
    const { seconds, bottleneck } = simulateCubed(cubedMeans(), 2000);
    expect(seconds / PUBLISHED.means).toBeGreaterThan(0.7);
    expect(seconds / PUBLISHED.means).toBeLessThan(1.5);
    expect(bottleneck.stage).toBe("first");
  });

  it("Cubed's rechunk takes less than it took: what it does between requests is not in the rates", () => {
    const { seconds } = simulateCubed(cubedRechunk(), 3500);
    expect(seconds / PUBLISHED.rechunk).toBeGreaterThan(0.3);
    expect(seconds / PUBLISHED.rechunk).toBeLessThan(1);
  });

  it("Lamella's means carry exact sums, many times the bytes of their elements, from stage to stage", async () => {
    const tile = [1, 494, 1920];
    const plan = await planOf(
      {
        version: 1,
        inputs: { u: { zarr: "u.zarr" }, v: { zarr: "v.zarr" } },
        steps: {
          uu: { op: "mapBlocks", in: "u", expr: "u*u" },
          vv: { op: "mapBlocks", in: "v", expr: "v*v" },
          uv: {
            op: "blockwise",
            out: "tfji",
            args: [
              ["u", "tfji"],
              ["v", "tfji"],
            ],
            expr: "u*v",
          },
          muu: { op: "mean", in: "uu", axis: 0 },
          mvv: { op: "mean", in: "vv", axis: 0 },
          muv: { op: "mean", in: "uv", axis: 0 },
        },
        outputs: Object.fromEntries(
          ["muu", "mvv", "muv"].map((name) => [name, { zarr: `${name}.zarr`, chunks: tile }]),
        ),
      },
      base,
      { budget: { workers: 1, memoryMiB: 9765 } },
    );
    const run = simulate(plan, { concurrency: CONCURRENCY });
    expect(run.seconds).toBeGreaterThan(PUBLISHED.means);
    // the first stages alone, which read the data, are as fast as Cubed's
    const reading = run.stages.filter(({ name }) => !name.includes("join"));
    expect(reading.length).toBe(3);
    expect(reading.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(2.5 * PUBLISHED.means);
    const joining = run.stages.filter(({ name }) => name.includes("join"));
    expect(joining.reduce((sum, { seconds }) => sum + seconds, 0)).toBeGreaterThan(0.5 * run.seconds);
  });

  async function rechunked(outputs: readonly string[]): Promise<{ plan: Plan; run: Simulation }> {
    const [from, halfWay] = outputs.length > 1 ? ["half", [2000, 100, 100]] : ["maps", undefined];
    const document = {
      version: 1,
      inputs: { maps: { zarr: "era5.zarr" } },
      steps: {
        ...(halfWay ? { half: { op: "rechunk", in: "maps", chunks: halfWay } } : {}),
        series: { op: "rechunk", in: from, chunks: ERA5.target },
      },
      outputs: Object.fromEntries(outputs.map((name) => [name, { zarr: `${name}.zarr` }])),
    };
    const plan = await planOf(document, base, { budget: { workers: 1, memoryMiB: 9765 } });
    return { plan, run: simulate(plan, { concurrency: CONCURRENCY }) };
  }

  it("Lamella's rechunk, in two passes, is held up by the rate at which S3 takes tiny objects", async () => {
    const { plan, run } = await rechunked(["series"]);
    const requests = plan.stages.reduce(
      (n, { estimate }) => n + estimate.objectsRead + estimate.objectsWritten,
      0,
    );
    expect(plan.stages.length).toBeLessThanOrEqual(2);
    expect(requests).toBeGreaterThan(10e6);
    expect(run.seconds).toBeGreaterThan(PUBLISHED.rechunk);
    expect(run.stages[0]!.allowedFunctions).toBeLessThan(CONCURRENCY / 4);
  });

  it("by an output half-way it takes about what Cubed published", async () => {
    const { run } = await rechunked(["half", "series"]);
    expect(run.seconds / PUBLISHED.rechunk).toBeGreaterThan(0.6);
    expect(run.seconds / PUBLISHED.rechunk).toBeLessThan(1.5);
  });
});
