import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { measure } from "./measure.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, type Table } from "./table.ts";

export interface ScaleMeasurement {
  readonly tasks: number;
  readonly batches: number;
  /** Batches of what is left when half of the batches are done, and when half of the tasks are. */
  readonly remaining: number;
  readonly gaps: number;
  readonly seconds: { readonly [what: string]: number };
  readonly wallSeconds: number;
  readonly peakMiB: number;
}

export interface ScaleResult extends ScaleMeasurement {
  readonly failures: readonly string[];
}

const TASKS = { small: 1_000_000, large: 10_000_000 };
/** What must hold for ten million tasks. */
const COMPILE_SECONDS = 10;
const RUN_SECONDS = 60;
const PEAK_MIB = 500;

/** Compiles a plan of millions of tasks, writes its manifests, and reads receipts of a random half of it back, in one process. */
export async function scale(options: SuiteOptions): Promise<ScaleResult> {
  const folder = path.join(options.folder, "scale");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const script = path.join(import.meta.dirname, "scale-run.ts");
  const run = await measure(process.execPath, [script, String(TASKS[options.size]), folder]);
  await rm(folder, { recursive: true, force: true });
  if (run.status !== 0) throw new Error(`the scale benchmark failed:\n${run.stderr}`);
  const measured = JSON.parse(run.stdout) as ScaleMeasurement;
  return { ...measured, failures: failuresOf(measured) };
}

function failuresOf({ seconds, peakMiB }: ScaleMeasurement): string[] {
  const failures: string[] = [];
  const { compile = 0, ...rest } = seconds;
  const after = Object.values(rest).reduce((a, b) => a + b, 0);
  if (compile > COMPILE_SECONDS)
    failures.push(`compiling took ${formatNumber(compile)} s, over ${COMPILE_SECONDS}`);
  if (after > RUN_SECONDS)
    failures.push(`manifests and receipts took ${formatNumber(after)} s, over ${RUN_SECONDS}`);
  if (peakMiB > PEAK_MIB) failures.push(`${formatNumber(peakMiB)} MiB were used, over ${PEAK_MIB}`);
  return failures;
}

export function scaleTable({ seconds }: ScaleResult): Table {
  return {
    head: ["step", "seconds"],
    rows: Object.entries(seconds).map(([what, n]) => [what, formatNumber(n)]),
  };
}

export function scaleNotes(result: ScaleResult): string {
  const { tasks, batches, remaining, gaps, peakMiB } = result;
  return `${count(tasks)} tasks in ${count(batches)} batches, beside a second stage; at most ${formatNumber(peakMiB)} MiB. Receipts name one object a task. Of half of the batches at random, ${count(remaining)} are left; where half of the tasks are done at random there are ${count(gaps)} gaps, the worst there is.`;
}

function count(n: number): string {
  return n.toLocaleString("en");
}
