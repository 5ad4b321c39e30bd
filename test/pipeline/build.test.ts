import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { fileSink } from "../../shared/formats/tiff/sink.ts";
import { writeOmeTiff } from "../../shared/formats/tiff/write.ts";
import { fromZarr } from "../../shared/index.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import type { KernelStep, Plan, StoredArray } from "../../shared/plan/schema.ts";
import { planOf, run } from "../support/run.ts";
import { randomOf } from "../support/sample-data.ts";

let folder = "";

/** An OME-Zarr of two series: 2 channels of 4 x 40 x 48 voxels of 2 x 0.5 x 0.5 um, and a smaller one. */
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-build-"));
  for (const [name, shape] of [
    ["large", [1, 2, 4, 40, 48]],
    ["small", [1, 1, 1, 20, 20]],
  ] as const) {
    const random = randomOf(7);
    const um = (scale: number) => ({ type: "space", unit: "micrometer", scale, translation: 0 }) as const;
    await writeOmeTiff(
      await fileSink(path.join(folder, `${name}.ome.tif`)),
      {
        name,
        shape,
        dtype: "uint8",
        tile: [16, 16],
        compression: "deflate",
        axes: [
          { name: "t", type: "time", scale: 1, translation: 0 },
          { name: "c", type: "channel", scale: 1, translation: 0 },
          { name: "z", ...um(2) },
          { name: "y", ...um(0.5) },
          { name: "x", ...um(0.5) },
        ],
        channels: [
          { label: "DAPI", color: "0000FF" },
          { label: "GFP", color: "00FF00" },
        ].slice(0, shape[1]),
      },
      ({ rows }) => Uint8Array.from({ length: rows * shape[4] }, () => random() * 256),
    );
    const convert = {
      src: path.join(folder, `${name}.ome.tif`),
      dst: path.join(folder, `${name}.zarr`),
      levels: 3,
      chunks: [2, 16, 16],
    };
    await run(await compile(await outputsOfRequest({ convert })), folder);
  }
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

function pipeline(
  steps: object,
  outputs: object,
  inputs: object = { image: { zarr: "large.zarr", component: "0/0" } },
): Promise<Plan> {
  return planOf({ version: 1, inputs, steps, outputs }, folder);
}

function kernelOf(plan: Plan): KernelStep {
  const node = plan.stages
    .flatMap((stage) => ("program" in stage && stage.program ? stage.program.nodes : []))
    .find((n) => n.kind === "kernel");
  if (node?.kind !== "kernel") throw new Error("the plan has no kernel");
  return node;
}

describe("arguments on an image with typed axes", () => {
  const smooth = async (args: object, depth: unknown) => {
    const steps = {
      out: { op: "mapOverlap", in: "image", kernel: "gaussian", args, depth, boundary: "reflect" },
    };
    const { args: resolved, halo } = kernelOf(await pipeline(steps, { out: { zarr: "never.zarr" } }));
    return { sigma: resolved["sigma"], halo: halo.map(([before]) => before) };
  };

  it("apply to z, y and x where they are one number", async () => {
    expect(await smooth({ sigma: 1 }, 4)).toEqual({ sigma: [0, 0, 1, 1, 1], halo: [0, 0, 4, 4, 4] });
  });

  it("may be lengths, which are as many elements as the axis says", async () => {
    expect(await smooth({ sigma: "1 um" }, "8 um")).toEqual({
      sigma: [0, 0, 0.5, 2, 2],
      halo: [0, 0, 2, 8, 8],
    });
    expect(await smooth({ sigma: ["2 um", 1, 1] }, [9, 9, 9])).toMatchObject({ sigma: [0, 0, 1, 1, 1] });
    expect(await smooth({ sigma: { x: "500 nm" } }, { x: "2.4 um" })).toMatchObject({
      sigma: [0, 0, 0, 0, 1],
      halo: [0, 0, 0, 0, 4],
    });
    expect(await smooth({ sigma: { "-1": "0.5 um" } }, { "-1": "2 um" })).toMatchObject({
      sigma: [0, 0, 0, 0, 1],
    });
  });

  it("may be short lists and maps", async () => {
    expect(await smooth({ sigma: [1, 2] }, [4, 8])).toEqual({
      sigma: [0, 0, 0, 1, 2],
      halo: [0, 0, 0, 4, 8],
    });
    expect(await smooth({ sigma: { z: 1, "4": 2 } }, { z: 4, x: 8 })).toEqual({
      sigma: [0, 0, 1, 0, 2],
      halo: [0, 0, 4, 0, 8],
    });
  });

  it.each([
    [{ sigma: "1 lightyear" }, 4, "INVALID_ARGS"],
    [{ sigma: { c: "1 um" } }, 4, "INVALID_ARGS"],
    [{ sigma: { q: 1 } }, 4, "INVALID_ARGS"],
    [{ sigma: 1 }, "4 seconds", "INVALID_ARGS"],
    [{ sigma: -1 }, 4, "INVALID_ARGS"],
    [{}, 4, "INVALID_ARGS"],
  ])("are refused where they make no sense: %j, %j", async (args, depth, code) => {
    await expect(smooth(args, depth)).rejects.toMatchObject({
      code,
      exitStatus: 2,
      message: expect.stringMatching(/step out/),
    });
  });
});

describe("outputs", () => {
  it("get the dtype that the step declares, and the chunks and codec that they say", async () => {
    const steps = {
      mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 90 }, dtype: "uint8" },
      mean: { op: "mean", in: "image", axis: ["z"], dtype: "float32" },
    };
    const outputs = {
      mask: {
        zarr: "m.zarr",
        chunks: [4, -1, 20],
        codec: { name: "zstd", level: 9 },
        pyramid: { levels: 2 },
      },
      mean: { zarr: "n.zarr" },
    };
    const plan = await pipeline(steps, outputs);
    const specs = Object.fromEntries(
      Object.entries(plan.arrays).flatMap(([id, array]) =>
        array.role === "output" ? [[id, array.spec]] : [],
      ),
    );
    expect(specs["mask.0"]).toMatchObject({
      dtype: "uint8",
      chunkShape: [1, 1, 4, 40, 20],
      codec: { name: "zstd", level: 9 },
    });
    expect(specs["mask.1"]).toMatchObject({
      shape: [1, 2, 4, 20, 24],
      dimensionNames: ["t", "c", "z", "y", "x"],
    });
    const mean = plan.arrays[plan.outputs["mean"]!.images[0]!.levels[0]!.array] as StoredArray;
    expect(mean.spec).toMatchObject({ dtype: "float32", shape: [1, 2, 40, 48] });
    expect(plan.outputs["mean"]!.images[0]!.metadata.axes.map((axis) => axis.name)).toEqual([
      "t",
      "c",
      "y",
      "x",
    ]);
  });

  it("of labels lie with their image, have its levels, and are listed", async () => {
    const steps = {
      mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 200 } },
      cells: { op: "label", in: "mask" },
      coarse: { op: "astype", in: "mask", dtype: "uint8" },
    };
    const outputs = { cells: { labelsOf: "image" }, coarse: { labelsOf: "image", chunks: [4, 40, 48] } };
    const plan = await pipeline(steps, outputs);
    expect(plan.outputs["cells"]!.shown).toMatch(/large\.zarr\/0\/labels\/cells$/);
    await run(plan, folder);
    const group = JSON.parse(await fs.readFile(path.join(folder, "large.zarr/0/labels/zarr.json"), "utf8"));
    expect(group.attributes.ome.labels).toEqual(["cells", "coarse"]);
    for (const [level, shape] of [
      [0, [1, 2, 4, 40, 48]],
      [1, [1, 2, 4, 20, 24]],
      [2, [1, 2, 4, 10, 12]],
    ] as const) {
      const array = await fromZarr(path.join(folder, `large.zarr#0/labels/cells/${level}`));
      expect(array.shape).toEqual(shape);
      expect(array.axes.at(-1)).toMatchObject({ name: "x", unit: "micrometer", scale: 0.5 * 2 ** level });
    }
    await expect(pipeline(steps, outputs).then((again) => run(again, folder))).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
    });
  });

  it("of labels take their levels from their own image, whichever other images are read", async () => {
    const inputs = {
      other: { zarr: "small.zarr", component: "0/0" },
      first: { zarr: "large.zarr", component: "0/2" },
      image: { zarr: "large.zarr", component: "0/0" },
    };
    const steps = {
      mask: { op: "mapBlocks", in: "first", kernel: "threshold", args: { above: 200 } },
      cells: { op: "label", in: "mask" },
      full: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 200 }, dtype: "uint8" },
    };
    const plan = await pipeline(steps, { cells: { labelsOf: "first" }, full: { labelsOf: "image" } }, inputs);
    expect(plan.outputs["cells"]!.images[0]!.levels).toHaveLength(1);
    expect(plan.outputs["full"]!.images[0]!.levels).toHaveLength(3);
  });

  it.each<[string, object, object, string]>([
    [
      "labels of floats",
      { cells: { op: "astype", in: "image", dtype: "float32" } },
      { cells: { labelsOf: "image" } },
      "UNSUPPORTED_DTYPE",
    ],
    [
      "labels of another shape",
      { cells: { op: "max", in: "image", axis: "z" } },
      { cells: { labelsOf: "image" } },
      "SHAPE_MISMATCH",
    ],
    [
      "labels of a step",
      { a: { op: "astype", in: "image", dtype: "int8" }, b: { op: "astype", in: "a", dtype: "uint8" } },
      { b: { labelsOf: "a" } },
      "INVALID_PIPELINE",
    ],
    [
      "two outputs in one place",
      { a: { op: "astype", in: "image", dtype: "int8" } },
      { a: { zarr: "x.zarr" }, b: { step: "a", zarr: "x.zarr" } },
      "INVALID_PIPELINE",
    ],
    [
      "an output without a place",
      { a: { op: "astype", in: "image", dtype: "int8" } },
      { a: {} },
      "INVALID_PIPELINE",
    ],
    [
      "an output on the web",
      { a: { op: "astype", in: "image", dtype: "int8" } },
      { a: { zarr: "https://example.org/a.zarr" } },
      "UNSUPPORTED_URI",
    ],
    [
      "an unknown dtype",
      { a: { op: "astype", in: "image", dtype: "complex64" } },
      { a: { zarr: "x.zarr" } },
      "UNSUPPORTED_DTYPE",
    ],
    [
      "a step with an input's name",
      { image: { op: "astype", in: "image", dtype: "int8" } },
      { image: { zarr: "x.zarr" } },
      "INVALID_PIPELINE",
    ],
    [
      "a later step",
      { a: { op: "astype", in: "b", dtype: "int8" }, b: { op: "astype", in: "image", dtype: "int8" } },
      { a: { zarr: "x.zarr" } },
      "UNKNOWN_STEP",
    ],
    [
      "shards that don't fit",
      {},
      { image: { zarr: "x.zarr", chunks: [16, 16], shards: [40, 40] } },
      "INVALID_ARGUMENT",
    ],
  ])("refuse %s", async (_name, steps, outputs, code) => {
    await expect(pipeline(steps, outputs)).rejects.toMatchObject({ code });
  });
});

test("shards may be given for chunks that reach beyond the array", async () => {
  const outputs = { out: { zarr: "sharded.zarr", step: "image", chunks: [16, 100], shards: [32, 200] } };
  const { arrays } = await pipeline({}, outputs);
  const written = Object.values(arrays).flatMap((array) => (array.role === "input" ? [] : [array.spec]));
  expect(written).toMatchObject([{ chunkShape: [1, 1, 1, 16, 48], shardShape: [1, 1, 1, 32, 48] }]);
});
