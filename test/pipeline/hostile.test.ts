import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DType } from "../../shared/block/dtype.ts";
import { toLamellaError } from "../../shared/errors.ts";
import { stepSchemas } from "../../shared/pipeline/schema.ts";
import { Hostile, STEPS, type Step } from "../support/hostile.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { planOf, run } from "../support/run.ts";
import { randomOf } from "../support/sample-data.ts";

const INPUTS: { readonly [name: string]: readonly [DType, readonly number[], readonly number[]] } = {
  image: ["uint16", [4, 5, 6], [2, 3, 4]],
  float: ["float32", [4, 5, 6], [2, 3, 4]],
  mask: ["bool", [4, 5, 6], [2, 3, 4]],
  labels: ["uint32", [4, 5, 6], [2, 3, 4]],
  scalar: ["uint8", [], []],
  none: ["uint8", [0], [1]],
  empty: ["float64", [3, 0, 2], [2, 1, 2]],
  one: ["int16", [1], [1]],
  line: ["int64", [7], [3]],
  plane: ["int8", [5, 6], [2, 6]],
  twelve: ["bool", new Array<number>(12).fill(2), new Array<number>(12).fill(2)],
};
const MUTATIONS = 4;
let folder = "";

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-hostile-"));
  for (const [name, [dtype, shape, chunks]] of Object.entries(INPUTS))
    await storeBlock(path.join(folder, `${name}.zarr`), randomBlock(dtype, shape, 3), chunks);
  await fs.writeFile(path.join(folder, "own.mjs"), "export function same({ data }) { return data; }\n");
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const inputs = Object.fromEntries(Object.keys(INPUTS).map((name) => [name, { zarr: `${name}.zarr` }]));

/** The code with which a document is refused, or "ok" where it was run; whatever is refused wrote nothing. */
async function outcomeOf(step: object, output: object): Promise<string> {
  const document = {
    version: 1,
    inputs,
    steps: { level: { op: "mean", in: "image" }, result: step },
    outputs: { result: output },
  };
  let ran = false;
  try {
    const plan = await planOf(document, folder, { budget: { workers: 1, memoryMiB: 600 } });
    if (plan.stages.reduce((sum, stage) => sum + stage.tasks, 0) > 200) return "ok";
    ran = true;
    await run(plan, folder);
    return "ok";
  } catch (thrown) {
    const error = toLamellaError(thrown);
    if (!ran) expect(await fs.readdir(path.join(folder, "out")).catch(() => [])).toEqual([]);
    // An own kernel that returns something else than it promised fails where it runs.
    if (error.code === "TASK_FAILED" && "module" in step) return "ok";
    return error.exitStatus === 2 || error.exitStatus === 3
      ? error.code
      : `${error.code}: ${error.message} ${String((error.cause as Error | undefined)?.stack ?? "")}`;
  } finally {
    await fs.rm(path.join(folder, "out"), { recursive: true, force: true });
    await fs.rm(path.join(folder, "runs"), { recursive: true, force: true });
  }
}

function outputOf(step: Step): { [key: string]: string } {
  return { [step.op === "measure" ? "csv" : "zarr"]: "out/result" };
}

describe("hostile documents", () => {
  it("has a sound step of every operation's family, and runs each", async () => {
    const refused: unknown[] = [];
    for (const step of STEPS) {
      expect(Object.keys(stepSchemas)).toContain(step.op);
      const outcome = await outcomeOf(step, outputOf(step));
      if (outcome !== "ok") refused.push([step, outcome]);
    }
    expect(refused).toEqual([]);
  });

  it.each<[string, Step]>([
    ["INVALID_ARGUMENT", { op: "tile", in: "image", reps: 2 ** 31 }],
    ["INVALID_ARGUMENT", { op: "repeat", in: "image", repeats: 1e12, axis: 0 }],
    ["INVALID_ARGUMENT", { op: "pad", in: "image", padWidth: 1e12 }],
    ["INVALID_ARGUMENT", { op: "broadcastTo", in: "one", shape: [1e15, 1e15, 1] }],
    ["INVALID_ARGUMENT", { op: "overlap", in: "twelve", depth: 2 ** 31, boundary: 0 }],
    ["INVALID_ARGS", { op: "mapBlocks", in: "image", kernel: "gaussian", args: { sigma: 1e15 } }],
    ["INVALID_ARGS", { op: "mapBlocks", in: "image", kernel: "binaryClosing", args: { size: 1e5 } }],
    ["ok", { op: "thresholdMean", in: "none" }],
    ["ok", { op: "thresholdMean", in: "empty", dtype: "uint8" }],
  ])("gives %s for %o", async (outcome, step) => {
    expect(await outcomeOf(step, outputOf(step))).toBe(outcome);
  });

  it.each(STEPS.map((step, i) => [String(step.op), step, i] as const))(
    "%s is refused with a code, or runs, whatever is done to its keys",
    async (_, sound, i) => {
      for (let seed = 0; seed < MUTATIONS; seed++) {
        const hostile = new Hostile(randomOf(i * 1000 + seed), [...Object.keys(INPUTS), "level"]);
        const step = hostile.step(sound);
        const outcome = await outcomeOf(step, hostile.output(outputOf(sound)));
        expect([step, outcome]).toEqual([step, expect.stringMatching(/^[A-Za-z_]+$/)]);
        expect(outcome).not.toBe("INTERNAL");
      }
    },
    10_000,
  );
});
