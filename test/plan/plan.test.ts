import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gridShape } from "../../shared/block/chunk-grid.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { type Plan, parsePlan, type StoredArray } from "../../shared/plan/schema.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { planOf } from "../support/run.ts";

// `npx vitest run test/plan -u` writes the golden plans anew; read the difference before committing it
const golden = path.join(import.meta.dirname, "golden");

let base = "";
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-plan-"));
  await storeBlock(
    path.join(base, "microscopy_data.zarr/0/0"),
    randomBlock("uint16", [10, 65, 70], 1),
    [5, 65, 40],
  );
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

const README = {
  version: 1,
  inputs: { image: { zarr: "microscopy_data.zarr", component: "0/0" } },
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
    scaled: {
      op: "mapBlocks",
      in: "smooth",
      kernel: "rescaleIntensity",
      args: { outRange: [0, 1] },
      dtype: "float32",
    },
    binary: { op: "mapBlocks", in: "scaled", kernel: "threshold", args: { above: 0.3 }, dtype: "bool" },
    cleaned: {
      op: "mapBlocks",
      in: "binary",
      kernel: "removeSmallObjects",
      args: { minSize: 50 },
      dtype: "bool",
    },
  },
  outputs: {
    cleaned: {
      zarr: "cleaned.zarr",
      chunks: [16, 512, 512],
      codec: "blosc",
      pyramid: { levels: 4, method: "mode" },
    },
  },
};

const LABELS = {
  ...README,
  steps: {
    ...README.steps,
    cells: { op: "label", in: "cleaned" },
    brightest: { op: "max", in: "smooth", axis: [0], splitEvery: 2 },
  },
  outputs: {
    ...README.outputs,
    cells: { labelsOf: "cleaned" },
    brightest: { zarr: "brightest.zarr", chunks: [32, 32] },
  },
};

const BUDGET = { workers: 2, memoryMiB: 4096 };

/** What differs between computers and builds, by name. */
function neutral(plan: Plan): string {
  const text = JSON.stringify(plan, null, 2).replaceAll(pathToFileURL(base).href, "file:///data");
  return `${text.replaceAll(/\b[0-9a-f]{64}\b/g, "SHA256").replace(/"lamella": "[^"]*"/, '"lamella": "VERSION"')}\n`;
}

describe("the plan of a pipeline", () => {
  it.each([
    ["readme", README],
    ["labels", LABELS],
  ])("of the %s is as it was", async (name, document) => {
    const text = neutral(await planOf(document, base, { budget: BUDGET }));
    await expect(text).toMatchFileSnapshot(path.join(golden, `${name}.json`));
  });

  it("reads back as it was written", async () => {
    const plan = await planOf(LABELS, base, { budget: BUDGET });
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(() => parsePlan({ ...plan, version: 99 })).toThrow(
      expect.objectContaining({ code: "PLAN_VERSION" }),
    );
    expect(() => parsePlan(null)).toThrow(expect.objectContaining({ code: "PLAN_VERSION" }));
    expect(() => parsePlan({ ...plan, stages: [{}] })).toThrow(
      expect.objectContaining({ code: "PLAN_INVALID" }),
    );
  });

  it("cuts tasks at whole objects of every level", async () => {
    const plan = await planOf(LABELS, base, { budget: BUDGET });
    for (const stage of plan.stages) {
      if (!("grid" in stage) || !("writes" in stage) || !stage.writes) continue;
      let factor = stage.grid.shape.map(() => 1);
      for (const write of stage.writes) {
        factor = factor.map((f, axis) => f * (write.factors?.[axis] ?? 1));
        const { spec } = plan.arrays[write.array] as StoredArray;
        for (const [axis, block] of stage.grid.block.entries()) {
          const whole = block >= stage.grid.shape[axis]!;
          const object = (spec.shardShape ?? spec.chunkShape)[axis]! * factor[axis]!;
          expect(whole || block % object === 0, `${stage.name} axis ${axis}`).toBe(true);
        }
      }
      expect(stage.tasks).toBe(gridShape(stage.grid.shape, stage.grid.block).reduce((a, b) => a * b, 1));
    }
  });
});

describe("the plan's hash", () => {
  const hash = async (document: object, options: object = { budget: BUDGET }) =>
    (await planOf(document, base, options)).hash;

  it("doesn't depend on workers, memory and overwriting", async () => {
    const large = {
      ...LABELS,
      inputs: { image: { zarr: "large.zarr" } },
      steps: { ...LABELS.steps, total: { op: "sum", in: "image", splitEvery: 2 } },
      outputs: {
        total: { zarr: "total.zarr" },
        ...LABELS.outputs,
        first: { step: "smooth", zarr: "first.zarr", pyramid: {} },
        second: { step: "scaled", zarr: "second.zarr", pyramid: {} },
      },
    };
    await storeBlock(path.join(base, "large.zarr"), randomBlock("uint16", [1, 1, 1], 1), [1, 1, 1]);
    const file = path.join(base, "large.zarr/zarr.json");
    const document = JSON.parse(await fs.readFile(file, "utf8"));
    await fs.writeFile(
      file,
      JSON.stringify({
        ...document,
        shape: [64, 2048, 2048],
        chunk_grid: { name: "regular", configuration: { chunk_shape: [16, 256, 256] } },
      }),
    );
    for (const each of [LABELS, large]) {
      const plans = await Promise.all(
        [
          { budget: BUDGET },
          { budget: { workers: 1, memoryMiB: 2048 }, overwrite: true },
          { budget: { workers: 16, memoryMiB: 60_000 } },
        ].map((options) => planOf(each, base, options)),
      );
      expect(new Set(plans.map((plan) => plan.hash)).size).toBe(1);
      if (each === large)
        expect(new Set(plans.map((plan) => JSON.stringify(plan.stages))).size).toBeGreaterThan(1);
    }
  });

  it("depends on arguments, steps, outputs and inputs", async () => {
    const seen = new Set([await hash(README)]);
    const change = (edit: (document: typeof README) => void) => {
      const copy = structuredClone(README);
      edit(copy);
      return copy;
    };
    for (const document of [
      change((d) => (d.steps.smooth.args.sigma = 1.4)),
      change((d) => (d.steps.smooth.depth = 7)),
      change((d) => (d.steps.smooth.boundary = "mirror")),
      change((d) => (d.steps.scaled.dtype = "float64")),
      change((d) => (d.outputs.cleaned.chunks = [5, 65, 65])),
      change((d) => (d.outputs.cleaned.codec = "gzip")),
      change((d) => (d.outputs.cleaned.pyramid.levels = 3)),
      change((d) => (d.outputs.cleaned.zarr = "other.zarr")),
    ]) {
      const next = await hash(document);
      expect(seen.has(next)).toBe(false);
      seen.add(next);
    }
    await fs.appendFile(path.join(base, "microscopy_data.zarr/0/0/zarr.json"), " ");
    expect(seen.has(await hash(README))).toBe(false);
  });
});

describe("a conversion's plan", () => {
  it("refuses options that it doesn't know, naming the nearest", async () => {
    const convert = { src: "a.tif", dst: "b.zarr", chunk: [1, 2] };
    await expect(outputsOfRequest({ convert }).then((o) => compile(o))).rejects.toMatchObject({
      code: "UNKNOWN_KEY",
      hint: 'Did you mean "chunks"?',
    });
  });
});
