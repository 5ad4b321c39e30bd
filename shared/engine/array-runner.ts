import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { ArrayNode } from "../array/nodes.ts";
import type { ArrayRunner, ComputeOptions, PlanOptions, StoreOptions } from "../array/runner.ts";
import { type Block, newBlock, sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { readRegion } from "../block/read-region.ts";
import { wholeRegion } from "../block/region.ts";
import { imageOutput, outputUri } from "../pipeline/output.ts";
import type { PipelineOutput } from "../pipeline/schema.ts";
import type { Budget } from "../plan/budget.ts";
import { compile, compileResult } from "../plan/compile.ts";
import type { Plan } from "../plan/schema.ts";
import { MemoryStore } from "../storage/memory.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore, parseUri } from "../storage/uri.ts";
import { type RunReport, runLocally } from "./local/engine.ts";
import { beginRun } from "./run.ts";
import { WorkerSession } from "./session.ts";

/** Results up to this size are computed without touching the disk. */
const IN_MEMORY_BYTES = 64 * 2 ** 20;

/** Carries lazy arrays out on the embedded engine. */
export const arrayRunner: ArrayRunner = { plan, compute, store };

async function plan(node: ArrayNode, options: PlanOptions): Promise<Plan> {
  return (await compileResult(node, { budget: budgetOf(options) })).plan;
}

async function compute(node: ArrayNode, options: ComputeOptions): Promise<Block> {
  const { plan: compiled, array } = await compileResult(node, { budget: budgetOf(options) });
  const small = sizeOf(node.shape) * itemSize(node.dtype) <= IN_MEMORY_BYTES;
  const folder = small ? undefined : await mkdtemp(path.join(os.tmpdir(), "lamella-"));
  try {
    const control: ObjectStore = folder === undefined ? new MemoryStore() : await openStore(folder);
    const run = await beginRun(compiled, control, "local");
    await runLocally(run, compiled, {
      workers: compiled.budget.workers,
      keep: true,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const source = await new WorkerSession(compiled, run.store).source(array);
    const result = newBlock(node.dtype, node.shape);
    await readRegion(source, wholeRegion(node.shape), result);
    return result;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function store(node: ArrayNode, uri: string, options: StoreOptions): Promise<RunReport> {
  const { chunks, shards, codec, ngff, pyramid } = options;
  const output = JSON.parse(JSON.stringify({ chunks, shards, codec, ngff, pyramid })) as PipelineOutput;
  const request = imageOutput(node.step, node, outputUri(uri), output);
  const compiled = await compile([request], {
    budget: budgetOf(options),
    overwrite: options.overwrite ?? false,
  });
  const control = await openStore(parseUri(options.runs ?? process.env["LAMELLA_RUNS"] ?? ".lamella"));
  const run = await beginRun(compiled, control, "local");
  return runLocally(run, compiled, {
    workers: compiled.budget.workers,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

function budgetOf(options: PlanOptions): Partial<Budget> {
  return {
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(options.memory === undefined ? {} : { memoryMiB: options.memory }),
  };
}
