import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { newBlock } from "../shared/block/block.ts";
import { chunksMeeting } from "../shared/block/chunk-grid.ts";
import { FileStore } from "../shared/storage/file.ts";
import type { ArraySpec } from "../shared/zarr/spec.ts";
import { arrayMetadataObjects, chunkKey, encodeShard } from "../shared/zarr/write.ts";
import { runLamella } from "./lamella.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, type Table } from "./table.ts";

export interface SoakResult {
  readonly tasks: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly wallMsPerTask: number;
  readonly cpuMsPerTask: number;
  /** Resident set of the process tree, MiB, at ten times. */
  readonly residentMiB: readonly number[];
  readonly projectedMiB: number;
  readonly failures: readonly string[];
}

/** A chunk, and so a task: 256 bytes. */
const CHUNK = 16;
/** Chunks along either axis of a shard of the input, which is few files so. */
const PER_SHARD = 16;
const ACROSS = 320;
const ROWS = { small: 32, large: 320 };
/** What must hold. */
const MS_PER_TASK = 1;
/** How much more the second half may take than the first. */
const GROWTH_MIB = 16;

/**
 * Very many tiny tasks on the embedded engine, each of which reads a chunk of 256 bytes, computes, and writes a file: what a task costs
 * beside its work, and whether memory grows with the tasks that were done.
 */
export async function soak(options: SuiteOptions): Promise<SoakResult> {
  const folder = path.join(options.folder, "soak");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const rows = ROWS[options.size];
  const tasks = rows * ACROSS;
  await makeInput(path.join(folder, "in.zarr"), [rows * CHUNK, ACROSS * CHUNK]);
  const file = path.join(folder, "soak.json");
  await writeFile(file, JSON.stringify(PIPELINE));
  options.log(`soak: ${tasks} tasks`);
  const run = await runLamella(["run", file, "--workers", String(options.workers)], folder);
  await rm(folder, { recursive: true, force: true });
  const result = {
    tasks: run.report.stages.reduce((n, stage) => n + stage.tasks, 0),
    wallSeconds: run.wallSeconds,
    cpuSeconds: run.cpuSeconds,
    wallMsPerTask: (1000 * run.wallSeconds) / tasks,
    cpuMsPerTask: (1000 * run.cpuSeconds) / tasks,
    residentMiB: tenths(run.residentBytes).map((bytes) => bytes / 2 ** 20),
    projectedMiB: Math.max(...run.report.stages.map((stage) => stage.projectedMiB)),
  };
  return { ...result, failures: failuresOf(result, tasks) };
}

const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "in.zarr" } },
  steps: { bright: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 100 } } },
  outputs: { bright: { zarr: "out.zarr", chunks: [CHUNK, CHUNK] } },
};

function failuresOf(result: Omit<SoakResult, "failures">, tasks: number): string[] {
  const failures: string[] = [];
  const { wallMsPerTask, cpuMsPerTask, residentMiB } = result;
  if (result.tasks !== tasks) failures.push(`there were ${result.tasks} tasks, not ${tasks}`);
  if (Math.min(wallMsPerTask, cpuMsPerTask) >= MS_PER_TASK)
    failures.push(
      `a task took ${formatNumber(wallMsPerTask)} ms, ${formatNumber(cpuMsPerTask)} of them of processors`,
    );
  const growth = Math.max(...residentMiB.slice(5)) - Math.max(...residentMiB.slice(0, 5));
  if (growth > GROWTH_MIB) failures.push(`memory grew by ${formatNumber(growth)} MiB`);
  return failures;
}

/** The largest of each tenth of some samples; without the last few, when the process ends. */
function tenths(samples: readonly number[]): number[] {
  return Array.from({ length: 10 }, (_, i) =>
    samples
      .slice(Math.floor((i * samples.length) / 10), Math.floor(((i + 1) * samples.length) / 10))
      .reduce((a, b) => Math.max(a, b), 0),
  );
}

/** Random bytes as a Zarr v3 array in shards. */
async function makeInput(target: string, shape: readonly [number, number]): Promise<void> {
  const spec: ArraySpec = {
    zarrFormat: 3,
    shape,
    dtype: "uint8",
    chunkShape: [CHUNK, CHUNK],
    shardShape: [CHUNK * PER_SHARD, CHUNK * PER_SHARD],
    codec: { name: "zstd", level: 1 },
    fillValue: 0,
  };
  const store = new FileStore(target);
  const block = newBlock("uint8", spec.shardShape!);
  let state = 1;
  for (const coords of chunksMeeting({ start: [0, 0], shape }, spec.shardShape!)) {
    for (let i = 0; i < block.data.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      block.data[i] = state >>> 24;
    }
    await store.put(chunkKey(spec, coords), encodeShard(spec, block)!);
  }
  for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(key, bytes);
}

export function soakTable({ residentMiB }: SoakResult): Table {
  return {
    head: ["part of the run", ...residentMiB.map((_, i) => `${i + 1}0 %`)],
    rows: [["resident MiB, at most", ...residentMiB.map((n) => formatNumber(n))]],
  };
}

export function soakNotes(result: SoakResult): string {
  const { tasks, wallSeconds, cpuSeconds, wallMsPerTask, cpuMsPerTask } = result;
  return `${tasks.toLocaleString("en")} tasks in ${formatNumber(wallSeconds)} s (${formatNumber(cpuSeconds)} s CPU): ${formatNumber(wallMsPerTask)} ms a task, ${formatNumber(cpuMsPerTask)} ms CPU, everything included. Each reads a chunk of ${CHUNK} x ${CHUNK} uint8 from a shard, compares it with a threshold and writes a file of its own.`;
}
