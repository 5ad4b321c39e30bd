import path from "node:path";
import type { Block } from "../../shared/block/block.ts";
import { DTYPES } from "../../shared/block/dtype.ts";
import { ERROR_CODES, LamellaError } from "../../shared/errors.ts";
import { fromZarr } from "../../shared/index.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import type { CompileOptions } from "../../shared/plan/compile.ts";
import { asBlock, randomBlock, storeBlock } from "../support/lazy.ts";
import { forWorkers, planOf, run } from "../support/run.ts";
import type { Draw } from "./draw.ts";
import { type Given, STEP_RULES } from "./step-rules.ts";

type Facts = Omit<Given, "others">;

export interface RandomPipeline {
  readonly inputs: { readonly [name: string]: Block };
  readonly steps: { readonly [name: string]: object };
}

/** Steps drawn one after another, each on an input or an earlier step; what doesn't fit isn't kept. `folder` is for building. */
export async function randomPipeline(
  draw: Draw,
  folder: string,
  ops: readonly string[] = Object.keys(STEP_RULES),
): Promise<RandomPipeline> {
  const shape = draw.shape(0, draw.chance(15) ? 5 : 3, 200);
  const inputs = Object.fromEntries(
    ["a", "b"].map((name) => [name, randomBlock(draw.pick(DTYPES), shape, draw.int(1, 1e6))]),
  );
  await storeInputs(inputs, folder, () => shape.map((n) => Math.max(1, n)));
  const known: Facts[] = Object.entries(inputs).map(([name, block]) => ({ name, ...block }));
  const steps: { [name: string]: object } = {};
  const wanted = draw.int(3, 6);
  for (let tries = 0; tries < 40 && Object.keys(steps).length < wanted; tries++) {
    const from = draw.chance(60) ? known.at(-1)! : draw.pick(known);
    const op = draw.pick(ops);
    const name = `s${Object.keys(steps).length + 1}`;
    try {
      const step = { op, in: from.name, ...STEP_RULES[op]!(draw, { ...from, others: known }) };
      const document = documentOf({ inputs, steps: { ...steps, [name]: step } }, [name]);
      const [request] = await pipelineOutputs(document, {}, folder, "random pipeline");
      const { node } = request!.images[0]!;
      if (node.shape.reduce((a, b) => a * b, 1) > 3000) continue;
      steps[name] = step;
      known.push({ name, shape: node.shape, dtype: node.dtype });
    } catch (error) {
      // A step that doesn't fit must be refused as the user's mistake, never by an accident.
      if (!(error instanceof LamellaError) || ERROR_CODES[error.code] !== 2) {
        throw new Error(`${op} on ${from.dtype} [${from.shape}]: ${String(error)}`, { cause: error });
      }
    }
  }
  return { inputs, steps };
}

export function documentOf(
  { inputs, steps }: RandomPipeline,
  outputs: readonly string[] = Object.keys(steps),
): object {
  return {
    version: 1,
    inputs: Object.fromEntries(Object.keys(inputs).map((name) => [name, { zarr: `${name}.zarr` }])),
    steps,
    outputs: Object.fromEntries(outputs.map((name) => [name, { zarr: `out-${name}.zarr` }])),
  };
}

export interface Way {
  readonly chunks: (shape: readonly number[]) => readonly number[];
  readonly workers: number;
  readonly economy?: CompileOptions["economy"];
}

/** Runs a pipeline in a folder of its own: the block of each step, and whether the plan says that chunks matter. */
export async function runPipeline(
  pipeline: RandomPipeline,
  folder: string,
  { chunks, workers, economy }: Way,
): Promise<{ results: Map<string, Block>; chunksMatter: boolean }> {
  await storeInputs(pipeline.inputs, folder, chunks);
  const plan = await planOf(documentOf(pipeline), folder, {
    budget: { workers },
    ...(economy ? { economy } : {}),
  });
  await run(workers > 1 ? forWorkers(plan) : plan, folder, { workers });
  const results = new Map<string, Block>();
  for (const name of Object.keys(pipeline.steps)) {
    const stored = await fromZarr(path.join(folder, `out-${name}.zarr`));
    results.set(name, asBlock(await stored.compute({ workers: 1 })));
  }
  return { results, chunksMatter: plan.warnings.some(({ code }) => code === "CHUNK_DEPENDENT") };
}

async function storeInputs(
  inputs: RandomPipeline["inputs"],
  folder: string,
  chunks: Way["chunks"],
): Promise<void> {
  for (const [name, block] of Object.entries(inputs))
    await storeBlock(path.join(folder, `${name}.zarr`), block, chunks(block.shape));
}
