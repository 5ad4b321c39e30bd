import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import { fromZarr } from "../../shared/index.ts";
import { goldenBlock } from "../support/golden.ts";
import { expectSame } from "../support/kernels.ts";
import { asBlock, randomBlock, storeBlock } from "../support/lazy.ts";
import { forWorkers, planOf, run } from "../support/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-expr-steps-"));
  for (const name of ["r1", "r2", "r3", "series_tij", "mask_ij"]) {
    const block = goldenBlock(`in/${name}.npy`);
    await storeBlock(
      path.join(folder, `${name}.zarr`),
      block,
      block.shape.map((n) => Math.min(n, 32)),
    );
  }
  await storeBlock(path.join(folder, "plain.zarr"), randomBlock("float32", [6, 5], 1), [4, 4]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const NAMES = ["r1", "r2", "r3", "series_tij", "mask_ij", "plain"];

function documentOf(steps: object): object {
  const [last] = Object.keys(steps).slice(-1);
  const used = NAMES.filter((name) => JSON.stringify(steps).includes(name));
  return {
    version: 1,
    inputs: Object.fromEntries(used.map((name) => [name, { zarr: `${name}.zarr` }])),
    steps,
    outputs: { out: { step: last, zarr: "out.zarr" } },
  };
}

async function computed(steps: object, workers = 1): Promise<Block> {
  const options = { overwrite: true, budget: { workers } };
  const plan = await planOf(documentOf(steps), folder, options);
  await run(workers > 1 ? forWorkers(plan) : plan, folder, { workers });
  return asBlock(await (await fromZarr(path.join(folder, "out.zarr"))).compute({ workers: 1 }));
}

describe("steps with expr give numpy's golden values", () => {
  const ratio = "(float32(r1) - float32(r2)) / float32(r3)";
  test.each<[string, object, number]>([
    ["ratio_W4", { out: { op: "mapBlocks", in: ["r1", "r2", "r3"], expr: ratio } }, 2],
    [
      "u16_wrap_add",
      { out: { op: "mapBlocks", in: ["r1", "r2"], expr: "r1 + r2 * gain", args: { gain: 40 } } },
      1,
    ],
    [
      "mask_W4",
      {
        out: {
          op: "blockwise",
          out: "tij",
          args: [
            ["series_tij", "tij"],
            ["mask_ij", "ij"],
          ],
          expr: "series_tij * mask_ij",
        },
      },
      1,
    ],
    ["where_mask", { out: { op: "where", in: "mask_ij", x: "series_tij", y: 7 } }, 1],
  ])("%s", async (id, steps, workers) => {
    expectSame(await computed(steps, workers), goldenBlock(`out/${id}.npy`));
  });

  test("letters may be in another order", async () => {
    const turned = { op: "transpose", in: "mask_ij", axes: [1, 0] };
    const index = [
      ["turned", "ji"],
      ["series_tij", "tij"],
    ];
    const out = { op: "blockwise", out: "tij", args: index, expr: "series_tij * turned" };
    expectSame(await computed({ turned, out }), goldenBlock("out/mask_W4.npy"));
  });
});

test("arguments take 0-d steps, which are strong as numpy's 0-d arrays are", async () => {
  const steps = {
    level: { op: "mean", in: "plain" },
    out: {
      op: "mapBlocks",
      in: "plain",
      expr: "plain - level",
      args: { level: { step: "level" } },
      dtype: "float64",
    },
  };
  const input = randomBlock("float32", [6, 5], 1).data as Float32Array;
  const { mean } = { mean: Math.fround(input.reduce((sum, x) => sum + x, 0) / input.length) };
  const got = await computed(steps);
  expect(got.dtype).toBe("float64");
  expect([...got.data]).toEqual([...input].map((x) => Math.fround(x - mean)));
});

describe("what is refused", () => {
  test.each<[string, object, string, RegExp]>([
    [
      "an overlap",
      { op: "mapOverlap", in: "plain", expr: "plain", depth: 1 },
      "INVALID_PIPELINE",
      /use mapBlocks or blockwise/,
    ],
    [
      "two functions",
      { op: "mapBlocks", in: "plain", expr: "plain", kernel: "gaussian" },
      "INVALID_PIPELINE",
      /has expr and kernel/,
    ],
    [
      "options of own kernels",
      { op: "mapBlocks", in: "plain", expr: "plain", dropAxis: 0 },
      "INVALID_PIPELINE",
      /dropAxis makes no sense/,
    ],
    [
      "a text as argument",
      { op: "mapBlocks", in: "plain", expr: "plain * k", args: { k: "2" } },
      "INVALID_PIPELINE",
      /argument k is "2"/,
    ],
    [
      "an unknown name",
      { op: "mapBlocks", in: "plain", expr: "plane * 2" },
      "INVALID_EXPRESSION",
      /step out: .*"plane" is neither/,
    ],
    [
      "an input in vain",
      { op: "mapBlocks", in: ["plain", "r1"], expr: "plain * 2" },
      "INVALID_EXPRESSION",
      /doesn't use "r1"/,
    ],
    [
      "a contraction",
      { op: "blockwise", out: "i", args: [["plain", "ij"]], expr: "plain" },
      "INVALID_ARGUMENT",
      /letter j of plain is not in "i"/,
    ],
    [
      "a letter of none",
      { op: "blockwise", out: "ijk", args: [["plain", "ij"]], expr: "plain" },
      "INVALID_ARGUMENT",
      /letter k of the result/,
    ],
    [
      "a letter too few",
      { op: "blockwise", out: "i", args: [["plain", "i"]], expr: "plain" },
      "INVALID_ARGUMENT",
      /1 letters, and plain 2 axes/,
    ],
    [
      "a diagonal",
      { op: "blockwise", out: "i", args: [["plain", "ii"]], expr: "plain" },
      "INVALID_ARGUMENT",
      /letters that differ/,
    ],
    [
      "a value without name",
      { op: "blockwise", out: "ij", args: [["plain", "ij"], 3], expr: "plain" },
      "INVALID_PIPELINE",
      /3 has no name/,
    ],
    [
      "text among the arguments",
      { op: "blockwise", out: "ij", args: [["plain", "ij"], "mean"], module: "own.mjs#same" },
      "INVALID_PIPELINE",
      /steps\.out\.args\.1: expected an array and its letters.*\{ literal: "text" \}/,
    ],
    ["nothing to do", { op: "mapBlocks", in: "plain" }, "INVALID_PIPELINE", /one of kernel, module, expr/],
  ])("%s", async (_, out, code, message) => {
    await expect(planOf(documentOf({ out }), folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
