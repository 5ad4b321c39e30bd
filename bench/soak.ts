import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { FileStore } from "../shared/storage/file.ts";
import { runLamella } from "./lamella.ts";
import { CHUNK, tenths, tinyTasks, writeTinyInput } from "./soak-work.ts";
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
  await writeTinyInput(new FileStore(path.join(folder, "in.zarr")), [rows, ACROSS]);
  const file = path.join(folder, "soak.json");
  await writeFile(file, JSON.stringify(tinyTasks("in.zarr", "out.zarr")));
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
