import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { howFar, kernelDetails, kernelList, typeOf, whatComesOut } from "../../cli/kernel-list.ts";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { lamella } from "../support/lamella.ts";
import { planOf } from "../support/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-kernels-"));
  await makeDemoImage(path.join(folder, "a.ome.tif"), { shape: [1, 1, 8, 256, 256] });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe("the details of kernels", () => {
  const all = kernelList().map(({ name }) => kernelDetails(name));
  const image = { op: "rechunk", in: "raw", chunks: [4, 64, 64] };
  const steps = {
    image,
    bright: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 800 } },
    markers: { op: "label", in: "bright" },
    seeds: { op: "astype", in: "markers", dtype: "uint16" },
    ...Object.fromEntries(all.map(({ name, example }) => [`the-${name}`, parse(example) as object])),
  };
  const documentOf = (names: readonly string[]) => ({
    version: 1,
    inputs: { raw: { tiff: "a.ome.tif" } },
    steps,
    outputs: Object.fromEntries(names.map((name) => [name, { step: `the-${name}`, zarr: `${name}.zarr` }])),
  });

  it("have an example that is a step, and gives what they say", async () => {
    const document = documentOf(all.map(({ name }) => name));
    const outputs = await pipelineOutputs(document, {}, folder, "pipeline.yaml");
    for (const { name, gives } of all) {
      const found = outputs.find((output) => output.name === name);
      expect([name, found?.images[0]?.node.dtype]).toEqual([name, gives["uint16"]]);
    }
  });

  it.each(["gaussian", "correlate", "cannyEdges", "whiteTophat"])(
    "%s: the example's depth is what it needs, and no less would do",
    async (name) => {
      expect((await planOf(documentOf([name]), folder)).warnings).toEqual([]);
      const { depth, ...step } = parse(kernelDetails(name).example) as { depth: number | number[] };
      const less = [depth].flat().map((each) => Math.max(0, each - 1));
      const narrow = {
        ...documentOf([name]),
        steps: { image, [`the-${name}`]: { ...step, depth: less.length === 1 ? less[0] : less } },
      };
      expect((await planOf(narrow, folder)).warnings).toMatchObject([{ code: "CHUNK_DEPENDENT" }]);
    },
  );

  it("say in words what comes out, how far it looks, and what parameters take", () => {
    const gaussian = kernelDetails("gaussian");
    expect(whatComesOut(gaussian.gives)).toMatch(/^float32 of bool.*float32; float64 of int32.*float64$/);
    expect(whatComesOut(kernelDetails("threshold").gives)).toBe("bool");
    expect(whatComesOut(kernelDetails("median").gives)).toBe("the input's dtype");
    expect(howFar(gaussian.looksAt)).toContain("up to 6, 6, 6 away");
    expect(howFar(kernelDetails("threshold").looksAt)).toBe("each element by itself");
    expect(howFar(kernelDetails("label").looksAt)).toContain("the operation label");
    expect(typeOf(gaussian.parameters["sigma"]!)).toBe("number or text or list or map");
    expect(typeOf(gaussian.parameters["mode"]!)).toBe("reflect, constant, nearest, mirror, wrap");
  });

  it("are printed for one kernel, in words or as JSON", async () => {
    const { stdout } = await lamella(["kernels", "median"], folder);
    expect(stdout).toContain("equals    scipy.ndimage.median_filter");
    expect(stdout).toContain(
      "median: { op: mapOverlap, in: image, kernel: median, args: { size: 3 }, depth: 1",
    );
    expect(JSON.parse((await lamella(["kernels", "median", "--json"], folder)).stdout)).toEqual(
      JSON.parse(JSON.stringify(kernelDetails("median"))),
    );
    expect(await lamella(["kernels", "medain"], folder)).toMatchObject({
      status: 2,
      stderr: 'error[UNKNOWN_KERNEL]: there is no kernel "medain"\nhint: Did you mean "median"?\n',
    });
  });
});
