import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { deserialize } from "node:v8";
import type { MeasureNode } from "../array/measure.ts";
import type { ArrayNode } from "../array/nodes.ts";
import type {
  ArrayRunner,
  ComputeOptions,
  PlanOptions,
  StoreOptions,
  TableStoreOptions,
} from "../array/runner.ts";
import { type Block, newBlock } from "../block/block.ts";
import { readRegion } from "../block/read-region.ts";
import { wholeRegion } from "../block/region.ts";
import { LamellaError } from "../errors.ts";
import type { TableColumn } from "../kernels/label-table.ts";
import { imageOutput, outputUri, tableOutput } from "../pipeline/output.ts";
import { outputSchema, type PipelineOutput } from "../pipeline/schema.ts";
import type { Budget } from "../plan/budget.ts";
import { compile, compileColumns, compileResult } from "../plan/compile.ts";
import type { OutputRequest } from "../plan/outputs.ts";
import type { Plan } from "../plan/schema.ts";
import { threadsOf } from "../plan/threads.ts";
import { MemoryStore } from "../storage/memory.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore, parseUri } from "../storage/uri.ts";
import { type RunReport, runLocally } from "./local/engine.ts";
import { checkPlace, isOnAws } from "./place.ts";
import { beginRun } from "./run.ts";
import type { RunFolder } from "./run-folder.ts";
import { WorkerSession } from "./session.ts";
import { unpackLabelFile } from "./tasks/label-files.ts";

/** What stores no more than this is computed without touching the disk, unless worker threads are worth it. */
const IN_MEMORY_BYTES = 64 * 2 ** 20;

/** Plans lazy arrays, and carries them out on the embedded engine. */
export const arrayRunner: ArrayRunner = { plan, compute, store, planTable, computeTable, storeTable };

async function plan(node: ArrayNode, options: PlanOptions): Promise<Plan> {
  return (await compileResult(node, { budget: budgetOf(options) })).plan;
}

async function compute(node: ArrayNode, options: ComputeOptions): Promise<Block> {
  const { plan: compiled, array } = await compileResult(node, { budget: await budgetAt(options) });
  return runThenRead(compiled, options, async (run) => {
    const source = await new WorkerSession(compiled, run.store).source(array);
    const result = newBlock(node.dtype, node.shape);
    await readRegion(source, wholeRegion(node.shape), result);
    return result;
  });
}

async function planTable(node: MeasureNode, options: PlanOptions): Promise<Plan> {
  return (await compileColumns(node, { budget: budgetOf(options) })).plan;
}

async function computeTable(node: MeasureNode, options: ComputeOptions): Promise<readonly TableColumn[]> {
  const { plan: compiled, file } = await compileColumns(node, { budget: await budgetAt(options) });
  return runThenRead(compiled, options, async (run) => {
    const packed = await run.store.get(file);
    if (!packed)
      throw new LamellaError("CHUNK_MISSING", `the run's folder lost ${file}`, {
        hint: "Something else removed it: run the computation again, with a folder of runs of its own.",
      });
    return deserialize(unpackLabelFile(packed, file)) as TableColumn[];
  });
}

async function storeTable(
  node: MeasureNode,
  uri: string,
  format: "csv" | "parquet",
  options: TableStoreOptions,
): Promise<RunReport> {
  return runHere([tableOutput(node.step, node, format, uri)], options);
}

/** Runs a plan without outputs in memory, or where it is much in a folder that goes again, and reads its result from there. */
async function runThenRead<T>(
  compiled: Plan,
  options: ComputeOptions,
  read: (run: RunFolder) => Promise<T>,
): Promise<T> {
  if (isOnAws(options)) return (await import("./aws/array-runs.ts")).computeOnAws(compiled, options, read);
  const small =
    storedBytes(compiled) <= IN_MEMORY_BYTES && threadsOf(compiled.stages, compiled.budget.workers) === 0;
  const folder = small ? undefined : await mkdtemp(path.join(os.tmpdir(), "lamella-"));
  try {
    const control: ObjectStore = folder === undefined ? new MemoryStore() : await openStore(folder);
    const run = await beginRun(compiled, control, "local");
    await runLocally(run, compiled, {
      workers: compiled.budget.workers,
      keep: true,
      isTransient: true,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return await read(run);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Everything that a plan writes: the result, intermediates, partial states. */
function storedBytes(compiled: Plan): number {
  return compiled.stages.reduce((sum, stage) => sum + stage.estimate.bytesWritten, 0);
}

async function store(node: ArrayNode, uri: string, options: StoreOptions): Promise<RunReport> {
  const { chunks, shards, codec, ngff, pyramid } = options;
  const output = parseOutput(JSON.parse(JSON.stringify({ chunks, shards, codec, ngff, pyramid })));
  const request = imageOutput(node.step, node, outputUri(uri), output);
  return runHere([request], options);
}

async function runHere(outputs: readonly OutputRequest[], options: TableStoreOptions): Promise<RunReport> {
  const compiled = await compile(outputs, {
    budget: await budgetAt(options),
    overwrite: options.overwrite ?? false,
  });
  if (isOnAws(options)) return (await import("./aws/array-runs.ts")).storeOnAws(compiled, options);
  const control = await openStore(parseUri(options.runs ?? process.env["LAMELLA_RUNS"] ?? ".lamella"));
  const run = await beginRun(compiled, control, "local");
  return runLocally(run, compiled, {
    workers: compiled.budget.workers,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

function parseOutput(options: unknown): PipelineOutput {
  const parsed = outputSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new LamellaError("INVALID_ARGUMENT", `toZarr: ${issue.path.join(".")}: ${issue.message}`, {
    hint: "Options of toZarr are those of an output of a pipeline file: chunks, shards, codec, pyramid and so on.",
  });
}

/** What tasks may take where they run. Throws INVALID_ARGUMENT for options that mean nothing there. */
async function budgetAt(options: ComputeOptions & { readonly runs?: string }): Promise<Partial<Budget>> {
  if (isOnAws(options)) return (await import("./aws/array-runs.ts")).budgetOnAws(options);
  checkPlace(options);
  return budgetOf(options);
}

/** Throws INVALID_ARGUMENT. */
function budgetOf({ workers, memory }: PlanOptions): Partial<Budget> {
  if (workers !== undefined && !(Number.isSafeInteger(workers) && workers > 0))
    throw wrong("workers", workers, "It is how many threads compute: 1 or more.");
  if (memory !== undefined && !(Number.isFinite(memory) && memory > 0))
    throw wrong("memory", memory, "It is what the whole run may take, MiB: 1024 is one GiB.");
  return {
    ...(workers === undefined ? {} : { workers }),
    ...(memory === undefined ? {} : { memoryMiB: memory }),
  };
}

function wrong(option: string, value: unknown, hint: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `the option "${option}" is ${String(value)}`, { hint });
}
