import path from "node:path";
import { AWS_FACTS } from "../shared/plan/aws-facts.ts";
import type { Requests } from "./grid-store.ts";
import { measure } from "./measure.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, type Table } from "./table.ts";

export interface ResumeMeasurement extends Requests {
  readonly tasks: number;
  readonly receipts: number;
  /** Tasks that are to be done again, and receipts that were taken back for it: two chunks are missing, of two batches. */
  readonly undone: number;
  readonly takenBack: number;
  /** With those that it takes to make up what is there. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export interface ResumeResult extends ResumeMeasurement {
  readonly failures: readonly string[];
}

const TASKS = { small: 1_000_000, large: 10_000_000 };
/** A page of a thousand keys, and a receipt of some hundred kB, as S3 answers a function; with a wide margin. */
const SECONDS_A_PAGE = 0.25;
const SECONDS_A_RECEIPT = 0.1;
/** Receipts that are read at once. */
const RECEIPTS_AT_ONCE = 16;
/** A function's vCPU, beside one of this computer: no faster than half of it. */
const SLOWER = 2;
/** What the function that goes on with a run has, MiB. */
const FUNCTION_MIB = 1769;

/** Goes on with a stage of which every receipt is there and two objects aren't, and counts what it asks of S3. */
export async function resume(options: SuiteOptions): Promise<ResumeResult> {
  const script = path.join(import.meta.dirname, "resume-run.ts");
  const run = await measure(process.execPath, [script, String(TASKS[options.size])]);
  if (run.status !== 0) throw new Error(`the benchmark of resuming failed:\n${run.stderr}`);
  const measured = JSON.parse(run.stdout) as ResumeMeasurement;
  return { ...measured, failures: failuresOf(measured) };
}

function failuresOf(measured: ResumeMeasurement): string[] {
  const { tasks, heads, pages, takenBack, peakMiB } = measured;
  const failures: string[] = [];
  if (heads > 0) failures.push(`${heads} objects were asked for one by one`);
  if (pages > (1.1 * tasks) / 1000) failures.push(`${pages} pages were listed for ${tasks} objects`);
  if (takenBack !== 2) failures.push(`${takenBack} receipts were taken back, not 2`);
  if (peakMiB > FUNCTION_MIB / 2) failures.push(`${formatNumber(peakMiB)} MiB were used`);
  const most = AWS_FACTS.lambda.timeoutSeconds;
  if (estimate(measured) > most / 2)
    failures.push(`it takes ${formatNumber(estimate(measured))} s of the ${most} that a function has`);
  return failures;
}

/** Seconds in a function: requests as many at once as they are, and the processor's work after all of them. */
function estimate({ pages, mostPagesAtOnce, gets, cpuSeconds }: ResumeMeasurement): number {
  const listing = (pages / mostPagesAtOnce) * SECONDS_A_PAGE;
  const reading = (gets / RECEIPTS_AT_ONCE) * SECONDS_A_RECEIPT;
  return listing + reading + SLOWER * cpuSeconds;
}

export function resumeTable(result: ResumeResult): Table {
  const count = (n: number) => n.toLocaleString("en");
  return {
    head: ["requests", "number"],
    rows: [
      ["pages of listings", count(result.pages)],
      ["pages at one time, at most", count(result.mostPagesAtOnce)],
      ["receipts read", count(result.gets)],
      ["objects asked for one by one", count(result.heads)],
    ],
  };
}

export function resumeNotes(result: ResumeResult): string {
  const { tasks, receipts, cpuSeconds, peakMiB, undone } = result;
  return `${tasks.toLocaleString("en")} tasks with ${receipts.toLocaleString("en")} receipts, of which two name a chunk that is gone: ${undone.toLocaleString("en")} tasks are done again. ${formatNumber(cpuSeconds)} s CPU, at most ${formatNumber(peakMiB)} MiB. With ${SECONDS_A_PAGE} s a page and ${SECONDS_A_RECEIPT} s a receipt, and a vCPU of half of this one's speed, that is ${formatNumber(estimate(result))} s of the ${AWS_FACTS.lambda.timeoutSeconds} that a function has; not measured on AWS.`;
}
