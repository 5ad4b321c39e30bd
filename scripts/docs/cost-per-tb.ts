import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { estimateCost } from "../../shared/plan/cost.ts";
import { markdownTable } from "./markdown.ts";

/** What is worked on: 1 TiB of microscopy in 16 bits. */
const SHAPE = [8192, 8192, 8192];
const CHUNKS = [64, 256, 256];

const PIPELINES: readonly { readonly what: string; readonly step: object; readonly output: object }[] = [
  {
    what: "copy with a pyramid of 5 levels",
    step: { op: "astype", in: "image", dtype: "uint16" },
    output: { zarr: "out.zarr", chunks: CHUNKS, pyramid: { levels: 5, method: "mean" } },
  },
  {
    what: "gaussian, sigma 1.5 in 3-D, float32",
    step: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1.5 },
      depth: 6,
      boundary: "reflect",
    },
    output: { zarr: "out.zarr", chunks: CHUNKS },
  },
  {
    what: "mean along Z",
    step: { op: "mean", in: "image", axis: 0 },
    output: { zarr: "out.zarr" },
  },
];

/** What the planner estimates for 1 TiB, from its own cost code, as a table: `docs/operations.md` holds it, and a test both together. */
export async function costPerTb(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-cost-"));
  try {
    await fs.mkdir(path.join(folder, "in.zarr"));
    await fs.writeFile(path.join(folder, "in.zarr/zarr.json"), JSON.stringify(metadata()));
    const rows: string[][] = [];
    for (const { what, step, output } of PIPELINES) {
      const document = {
        version: 1,
        inputs: { image: { zarr: "in.zarr" } },
        steps: { made: step },
        outputs: { made: output },
      };
      const plan = await compile(await pipelineOutputs(document, {}, folder, "pipeline.yaml"), {
        budget: { workers: 1, memoryMiB: 3538 },
      });
      const { stages, usd, wallSeconds } = estimateCost(plan);
      const sum = (of: (stage: (typeof stages)[number]) => number): number =>
        stages.reduce((total, stage) => total + of(stage), 0);
      const dollars = (value: number): string => `$${value.toFixed(2)}`;
      rows.push([
        what,
        String(sum((stage) => stage.batches)),
        dollars(sum((stage) => stage.lambdaUsd)),
        dollars(sum((stage) => stage.stepFunctionsUsd)),
        dollars(sum((stage) => stage.s3Usd)),
        dollars(usd),
        `${Math.ceil(wallSeconds / 60)} min`,
      ]);
    }
    const head = [
      "1 TiB of uint16",
      "batches",
      "Lambda",
      "Step Functions",
      "S3 requests",
      "together",
      "at least",
    ];
    return markdownTable([head, ...rows]);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** A Zarr of which there is only the metadata: planning reads nothing else. */
function metadata(): object {
  return {
    zarr_format: 3,
    node_type: "array",
    shape: SHAPE,
    data_type: "uint16",
    chunk_grid: { name: "regular", configuration: { chunk_shape: CHUNKS } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    attributes: {},
  };
}

if (import.meta.main) process.stdout.write(`${await costPerTb()}\n`);
