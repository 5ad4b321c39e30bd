import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { findPython, pythonVenv, runPython } from "../support/python-venv.ts";

const run = promisify(execFile);

/** The pipeline of the README's course, on small chunks so that halos, labels and objects cross them. */
const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "image.zarr", component: "0/0" } },
  steps: {
    smooth: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1.5 },
      depth: 6,
      boundary: "reflect",
      dtype: "float32",
    },
    scaled: { op: "mapBlocks", in: "smooth", kernel: "rescaleIntensity", args: { outRange: [0, 1] } },
    binary: { op: "mapBlocks", in: "scaled", kernel: "threshold", args: { above: 0.3 }, dtype: "bool" },
    cleaned: { op: "mapBlocks", in: "binary", kernel: "removeSmallObjects", args: { minSize: 50 } },
    objects: { op: "label", in: "cleaned" },
    brightest: { op: "max", in: "image", axis: "z" },
    average: { op: "mean", in: "image" },
  },
  outputs: {
    cleaned: { zarr: "cleaned.zarr", chunks: [16, 100, 100], pyramid: { levels: 2, method: "mode" } },
    objects: { labelsOf: "image" },
    brightest: { zarr: "brightest.zarr" },
    average: { zarr: "average.zarr" },
  },
};

describe.skipIf(!findPython())("from an OME-TIFF to labels", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "lamella-e2e-"));
    await pythonVenv();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const lamella = (...args: string[]) =>
    run(process.execPath, ["cli/main.ts", ...args, "--json", "--runs", path.join(folder, "runs")]);

  it("gives what tifffile, numpy, scipy and scikit-image give", { timeout: 300_000 }, async () => {
    const image = path.join(folder, "image.ome.tif");
    await makeDemoImage(image, { shape: [1, 2, 9, 210, 187] });
    const zarr = path.join(folder, "image.zarr");
    await lamella("convert", image, zarr, "--chunks", "1,1,4,64,64", "--levels", "3");
    const pipeline = path.join(folder, "pipeline.json");
    await writeFile(pipeline, JSON.stringify(PIPELINE));
    const { stdout } = await lamella("run", pipeline, "--workers", "2");
    expect(JSON.parse(stdout)).toMatchObject({ status: "succeeded" });
    expect(JSON.parse(await runPython("check_pipeline.py", [image, folder]))).toEqual({ failures: [] });
  });
});
