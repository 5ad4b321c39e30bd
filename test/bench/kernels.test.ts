import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { KERNEL_CASES } from "../../bench/kernels/cases.ts";
import { type Inputs, inputFiles, makeInputs } from "../../bench/kernels/inputs.ts";
import { kernels, measureKernel } from "../../bench/kernels.ts";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { greyErosion } from "../../shared/kernels/index.ts";
import { kernelNamed } from "../../shared/kernels/registry.ts";
import { plainAxes } from "../support/kernels.ts";

let folder: string;
let inputs: Inputs;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-bench-"));
  inputs = makeInputs("small");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const erosion = KERNEL_CASES.find(({ name }) => name.startsWith("grey erosion"))!;

/** One who has these results at once. */
const knowing = (results: Block[]) => ({ time: async () => 0.5, results: async () => results });

const measured = (results: Block[]) =>
  measureKernel(erosion, "uint8", {
    inputs,
    partner: knowing(results),
    folder,
    runs: 2,
    seconds: 0,
  });

it("holds a kernel's result against the reference's", async () => {
  const image = inputs.images["uint8"]![0]!;
  const { kernel, args } = greyErosion({ size: 3 });
  const resolved = kernelNamed(kernel).resolve(args, { axes: plainAxes(3), inputs: ["uint8"] });
  const right = kernelNamed(kernel).reference([image], resolved);
  const { row, wrong } = await measured([right]);
  expect(wrong).toBeUndefined();
  expect(row).toMatchObject({ dtype: "uint8", peerSeconds: 0.5 });
  expect(row.seconds).toBeGreaterThan(0);
  right.data[77] = Number(right.data[77]) + 1;
  expect((await measured([right])).wrong).toContain("1 of 73728 elements differ, element 77");
  expect((await measured([newBlock("uint8", [16, 64])])).wrong).toContain("shape");
});

it("runs every kernel on every dtype, and says why nothing is beside it", async () => {
  const result = await kernels({
    size: "small",
    runs: 1,
    workers: 1,
    python: path.join(folder, "no-python"),
    folder,
    log: () => {},
  });
  expect(result.rows).toHaveLength(KERNEL_CASES.reduce((n, { dtypes }) => n + dtypes.length, 0));
  expect(result.rows.every(({ seconds }) => seconds > 0 && Number.isFinite(seconds))).toBe(true);
  expect(result.skipped).toContain("no-python");
  expect(result.failures).toEqual([]);
});

it("gives a partner all that the kernels read", () => {
  const files = inputFiles(inputs);
  expect([...files.keys()].sort()).toEqual(
    ["float32-0", "float32-1", "float32-2", "markers", "mask", "uint16-0", "uint16-1", "uint16-2"].concat([
      "uint8-0",
      "uint8-1",
      "uint8-2",
    ]),
  );
  expect(files.get("uint16-1")!.byteLength).toBe(2 * 16 * 64 * 72);
  // objects and background, and seeds in some of them
  const mask = inputs.mask.data as Uint8Array;
  const share = mask.reduce((sum, x) => sum + x, 0) / mask.length;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.6);
  expect(Math.max(...(inputs.markers.data as Int32Array))).toBeGreaterThan(2);
});
