import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import { isLamellaError } from "../../shared/index.ts";
import { stepSchemas } from "../../shared/pipeline/schema.ts";
import { expectSame } from "../support/kernels.ts";
import { randomBlock } from "../support/lazy.ts";
import { Draw, MORE, seeds, telling } from "./draw.ts";
import { type RandomPipeline, randomPipeline, runPipeline, type Way } from "./random-pipeline.ts";
import { NO_RULE, STEP_RULES } from "./step-rules.ts";

let folder: string;
let runs = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-pipelines-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("knows every operation of pipeline files", () => {
  expect([...Object.keys(STEP_RULES), ...Object.keys(NO_RULE)].sort()).toEqual(
    Object.keys(stepSchemas).sort(),
  );
});

it("stores elements picked by their indices, whose coordinates no scale can say", async () => {
  const pipeline = {
    inputs: { a: randomBlock("uint8", [5], 1) },
    steps: { s1: { op: "take", in: "a", axis: 0, indices: [4, 0, 1] } },
  };
  const { results } = await runPipeline(pipeline, nextFolder(), { chunks: () => [2], workers: 2 });
  expect([...results.get("s1")!.data]).toEqual([4, 0, 1].map((i) => pipeline.inputs.a.data[i]));
});

/** Pipelines that a longer search found plans or results of to be wrong. */
const FOUND: readonly RandomPipeline[] = [
  {
    inputs: { a: randomBlock("int8", [2, 1, 8, 0], 1) },
    steps: { s1: { op: "argmax", in: "a", axis: 2 }, s2: { op: "roll", in: "s1", shift: 12 } },
  },
  {
    inputs: { a: randomBlock("float64", [5], 2), b: randomBlock("float16", [5], 3) },
    steps: {
      s1: { op: "stack", in: ["b", "a"], axis: 1 },
      s2: { op: "thresholdOtsu", in: "s1" },
      s3: { op: "std", in: "s2", axis: 1, keepdims: true },
      s4: { op: "isodata", in: "s3" },
    },
  },
  {
    inputs: { a: randomBlock("int16", [4], 5) },
    steps: {
      s1: { op: "sum", in: "a" },
      s2: { op: "resize", in: "s1", outputShape: [], preserveRange: true },
      s3: { op: "sum", in: "s2" },
    },
  },
];

it.each(FOUND)("runs what once failed: %j", async (pipeline) => {
  const ways = (["fuse", "store", undefined] as const).map((economy) =>
    runPipeline(pipeline, nextFolder(), {
      chunks: (shape) => shape.map((n) => Math.max(1, n >> 1)),
      workers: 1,
      economy,
    }),
  );
  const [fused, ...others] = await Promise.all(ways);
  for (const { results } of others) expectAllSame(results, fused!.results);
});

const nextFolder = () => path.join(folder, String(runs++));

/** What each step gave; undefined where a task met an element that an operation refuses. */
async function outcomeOf(pipeline: RandomPipeline, way: Way) {
  try {
    return await runPipeline(pipeline, nextFolder(), way);
  } catch (error) {
    if (isLamellaError(error) && error.details["task"] !== undefined) return undefined;
    throw error;
  }
}

function expectAllSame(got: ReadonlyMap<string, Block>, want: ReadonlyMap<string, Block>): void {
  for (const [name, block] of want) {
    try {
      expectSame(got.get(name)!, block);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Runs one way and another; other chunks only where the plan doesn't say that they matter. */
async function compareWays(pipeline: RandomPipeline, draw: Draw, one: Way, other: Omit<Way, "chunks">) {
  const first = await outcomeOf(pipeline, one);
  if (!first) return;
  const chunks = first.chunksMatter ? one.chunks : (shape: readonly number[]) => draw.chunks(shape);
  const drawn = await outcomeOf(pipeline, { ...other, chunks });
  // Chunks may begin to matter where an axis of one chunk is cut.
  const second = drawn?.chunksMatter ? await outcomeOf(pipeline, { ...other, chunks: one.chunks }) : drawn;
  expect(second).toBeDefined();
  expectAllSame(second!.results, first.results);
}

describe("random pipelines give the same bits", () => {
  const check = (seed: number, economy: readonly Way["economy"][], workers: number) => async () => {
    const draw = new Draw(seed);
    const pipeline = await randomPipeline(draw, nextFolder());
    const chunks = new Map<string, number[]>();
    const fixed = (shape: readonly number[]): number[] => {
      const known = chunks.get(`${shape}`) ?? draw.chunks(shape);
      chunks.set(`${shape}`, known);
      return known;
    };
    await telling(
      () => ({
        seed,
        steps: pipeline.steps,
        inputs: Object.values(pipeline.inputs).map((b) => [b.dtype, b.shape]),
      }),
      () =>
        compareWays(
          pipeline,
          draw,
          { chunks: fixed, workers: 1, economy: economy[0] },
          { workers, economy: economy[1] },
        ),
    );
  };

  it("in other chunks, with other intermediates", async () => {
    const property = fc.asyncProperty(seeds, (seed) => check(seed, ["fuse", "store"], 1)());
    await fc.assert(property, { numRuns: 20 * MORE });
  }, 240_000);

  it("as the planner cuts them", async () => {
    const property = fc.asyncProperty(seeds, (seed) => check(seed, [undefined, "fuse"], 1)());
    await fc.assert(property, { numRuns: 12 * MORE });
  }, 240_000);

  it("on two workers", async () => {
    const property = fc.asyncProperty(seeds, (seed) => check(seed, [undefined, undefined], 2)());
    await fc.assert(property, { numRuns: 3 * MORE });
  }, 240_000);
});
