import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { UploadRecord } from "../../../../shared/engine/aws/upload/records.ts";
import { uploadPipeline } from "../../../../shared/engine/aws/upload/upload-pipeline.ts";
import type { Json } from "../../../../shared/errors.ts";
import { parsePipeline } from "../../../../shared/pipeline/parse.ts";
import { pipelineOutputs } from "../../../../shared/pipeline/request.ts";
import { pretendArray } from "../../../support/pretend-array.ts";

const record: UploadRecord = {
  version: 1,
  runId: "run-1",
  bucket: "data",
  etag: "e",
  sequencer: "1",
  source: "incoming/lab/cells.ome.tif",
  options: "incoming/lab/cells.lamella.yaml",
  output: "converted/lab/cells.ome.zarr",
  status: "converted/lab/cells.status.json",
};
const steps = {
  smooth: {
    op: "mapOverlap",
    in: "image",
    kernel: "gaussian",
    args: { sigma: 1 },
    depth: 4,
    boundary: "reflect",
  },
  mask: { op: "mapBlocks", in: "smooth", kernel: "threshold", args: { above: 3 } },
};
const made = (options: { [key: string]: unknown }, source = record.source) =>
  uploadPipeline(options as { [key: string]: Json }, { ...record, source });

describe("an upload's steps", () => {
  it("read the upload, and the last of them becomes its output, stored as convert's options say", () => {
    const pipeline = made({
      steps,
      chunks: [64, 64],
      levels: 3,
      downsample: "mode",
      codec: "zstd",
      level: 5,
      ngff: 0.4,
    });
    expect(pipeline).toEqual({
      version: 1,
      inputs: { image: { tiff: "s3://data/incoming/lab/cells.ome.tif" } },
      steps,
      outputs: {
        mask: {
          zarr: "s3://data/converted/lab/cells.ome.zarr",
          chunks: [64, 64],
          ngff: 0.4,
          codec: { name: "zstd", level: 5 },
          pyramid: { levels: 3, method: "mode" },
        },
      },
    });
    expect(() => parsePipeline(pipeline, {}, "p")).not.toThrow();
  });

  it.each([
    ["a.czi", "czi"],
    ["a.ims", "hdf5"],
    ["a.h5", "hdf5"],
    ["a.ozx", "zarr"],
    ["a.ome.zarr.zip", "zarr"],
    ["a.tf8", "tiff"],
  ])("read %s as %s", (name, kind) => {
    const { inputs } = made({ steps }, `incoming/${name}`) as { inputs: { image: object } };
    expect(inputs.image).toEqual({ [kind]: `s3://data/incoming/${name}` });
  });

  it("may read other images beside the upload, and store another step than the last", () => {
    const inputs = { flat: { tiff: "ref/flat.ome.tif", series: 1 } };
    expect(made({ steps, inputs, step: "smooth", series: 2 })).toMatchObject({
      inputs: {
        image: { tiff: "s3://data/incoming/lab/cells.ome.tif", series: 2 },
        flat: { tiff: "s3://data/incoming/lab/ref/flat.ome.tif", series: 1 },
      },
      outputs: { smooth: { zarr: "s3://data/converted/lab/cells.ome.zarr" } },
    });
  });

  it.each([
    ["another bucket", { tiff: "s3://other/a.tif" }],
    ["the web", { tiff: "https://example.org/a.tif" }],
    ["a file of the function", { tiff: "file:///etc/passwd" }],
    ["a folder above", { tiff: "../../converted/secret.tif" }],
    ["a component of another key", { zarr: "a.zarr#../b" }],
    ["nothing", {}],
    ["an array", []],
  ])("read nothing of %s", (_, input) => {
    expect(() => made({ steps, inputs: { other: input } })).toThrow(
      expect.objectContaining({ code: "INVALID_PIPELINE", message: expect.stringContaining(record.options) }),
    );
  });

  it.each([
    [{ steps: [] }, "no mapping of steps"],
    [{ steps: {} }, "no mapping of steps"],
    [{ steps, inputs: { image: { tiff: "b.tif" } } }, "the upload itself"],
    [{ steps, step: "missing" }, "none of its steps"],
    [{ steps, series: "all" }, "one image"],
    [{ steps, inputs: "b.tif" }, "no mapping of inputs"],
  ])("are refused as %j", (options, says) => {
    expect(() => made(options)).toThrow(says);
  });

  it("have no own kernels: there is no file beside which their module lies", async () => {
    const base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-upload-"));
    await pretendArray(path.join(base, "in.zarr"), [2, 8, 8], [1, 8, 8]);
    const evil = { op: "mapBlocks", in: "image", module: "s3://data/incoming/evil.mjs#run", dtype: "uint8" };
    const pipeline = {
      ...made({ steps: { evil } }),
      inputs: { image: { zarr: path.join(base, "in.zarr") } },
    };
    await expect(pipelineOutputs(pipeline, {}, "", "the pipeline")).rejects.toMatchObject({
      code: "INVALID_PIPELINE",
      message: expect.stringContaining("own kernels"),
    });
    await fs.rm(base, { recursive: true });
  });

  it("leave unknown keys to the pipeline's own check, which names them", () => {
    expect(() => parsePipeline(made({ steps, chunk: [64] }), {}, "p")).toThrow("chunk");
  });
});
