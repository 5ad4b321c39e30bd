import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { functionProcesses } from "../localstack/function-processes.ts";
import type { Instance } from "../localstack/instance.ts";
import { instanceFolder } from "../localstack/paths.ts";
import { modeHere, stop } from "../localstack/start.ts";
import type { RunReport } from "../shared/engine/local/engine.ts";
import type { BatchItem } from "../shared/engine/protocol.ts";
import { openStore } from "../shared/storage/uri.ts";
import { type Cloud, objectsUnder, startCloud } from "../test/support/localstack.ts";
import { runLamella } from "./lamella.ts";
import { ProcessesMemory } from "./processes-memory.ts";
import { CHUNK, tenths, tinyTasks, writeTinyInput } from "./soak-work.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, type Table } from "./table.ts";

export interface CloudSoakResult {
  readonly tasks: number;
  /** Those that left a receipt. */
  readonly batches: number;
  /** Those that the last map of the stage was given: fewer than all where one map didn't see them all done. */
  readonly lastMap: number;
  /** Batches that a function failed at, whether or not another attempt mended it. */
  readonly failedBatches: number;
  readonly chunks: number;
  /** Chunks that differ from those that the embedded engine writes. */
  readonly differing: number;
  /** LocalStack's, from the command's start to its end: they say nothing of AWS. */
  readonly seconds: number;
  /** Processes that ran functions. */
  readonly functions: number;
  /** Resident set of the largest process of a function, MiB, at ten times. Empty where they can't be seen. */
  readonly residentMiB: readonly number[];
  readonly failures: readonly string[];
}

const ACROSS = 50;
const ROWS = { small: 4, large: 40 };
/** How much more a function's process may take in the second half than in the first. */
const GROWTH_MIB = 32;

/** Thousands of tiny tasks under the state machine, on a LocalStack of its own: that none is lost, and that functions' memory doesn't grow. */
export async function soakOnLocalStack(options: SuiteOptions): Promise<CloudSoakResult | undefined> {
  if ((await modeHere()) === undefined) return undefined;
  const name = `bench-${process.pid}`;
  try {
    options.log("soak-localstack: starts LocalStack and deploys the stack");
    return await soakOn(await startCloud(name), options);
  } finally {
    await stop(name);
    await rm(instanceFolder(name), { recursive: true, force: true });
  }
}

async function soakOn(cloud: Cloud, options: SuiteOptions): Promise<CloudSoakResult> {
  const folder = path.join(options.folder, "soak-localstack");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const wanted = ROWS[options.size] * ACROSS;
  const bucket = `s3://${cloud.outputs.DataBucket}`;
  await writeTinyInput(cloud.data.child("in.zarr"), [ROWS[options.size], ACROSS]);
  const pipeline = async (output: string): Promise<string> => {
    const file = path.join(folder, `${output}.json`);
    await writeFile(file, JSON.stringify(tinyTasks(`${bucket}/in.zarr`, `${bucket}/${output}.zarr`)));
    return file;
  };
  options.log(`soak-localstack: ${wanted} tasks`);
  const memory = watched(cloud.instance);
  const run = await runLamella(["run", await pipeline("cloud"), "--on", "aws"]).finally(() => memory?.stop());
  await runLamella(["run", await pipeline("here"), "--workers", "1"], folder);
  const [ours, theirs] = [await chunksOf("cloud"), await chunksOf("here")];
  const result = {
    ...(await countsOf(run.report)),
    chunks: ours.size,
    differing: [...theirs].filter(([key, bytes]) => !ours.get(key)?.equals(bytes)).length,
    seconds: run.wallSeconds,
    functions: memory?.processes ?? 0,
    residentMiB: memory ? tenths(memory.largest).map((bytes) => bytes / 2 ** 20) : [],
  };
  await rm(folder, { recursive: true, force: true });
  return { ...result, failures: failuresOf(result, wanted) };

  async function chunksOf(output: string): Promise<Map<string, Buffer>> {
    return objectsUnder(cloud.data, `${output}.zarr/c`);
  }

  async function countsOf({ runId, stages }: RunReport) {
    const kept = await openStore(`s3://${cloud.outputs.ControlBucket}/runs/${runId}`);
    let lastMap = 0;
    for (let stage = 0; stage < stages.length; stage++) {
      const bytes = await kept.get(`manifest/${stage}.json`);
      lastMap += (JSON.parse(Buffer.from(bytes ?? []).toString() || "[]") as BatchItem[]).length;
    }
    const tasks = stages.reduce((n, stage) => n + stage.tasks, 0);
    // Beside the folder of a stage's receipts lies what rolls them up.
    const batches = [...(await objectsUnder(kept, "receipts")).keys()].filter((key) =>
      key.includes("/"),
    ).length;
    return { tasks, batches, lastMap, failedBatches: (await objectsUnder(kept, "failures")).size };
  }
}

/** Of a container's processes nothing is known here. */
function watched({ pid }: Instance): ProcessesMemory | undefined {
  return pid === undefined ? undefined : new ProcessesMemory(() => functionProcesses(pid));
}

function failuresOf(result: Omit<CloudSoakResult, "failures">, wanted: number): string[] {
  const { tasks, chunks, failedBatches, differing, residentMiB } = result;
  const failures: string[] = [];
  if (tasks !== wanted) failures.push(`there were ${tasks} tasks, not ${wanted}`);
  if (chunks !== wanted) failures.push(`there are ${chunks} chunks, not ${wanted}`);
  if (failedBatches > 0) failures.push(`${failedBatches} batches failed`);
  if (differing > 0) failures.push(`${differing} chunks differ from the embedded engine's`);
  const growth = Math.max(0, ...residentMiB.slice(5)) - Math.max(0, ...residentMiB.slice(0, 5));
  if (growth > GROWTH_MIB) failures.push(`a function's memory grew by ${formatNumber(growth)} MiB`);
  return failures;
}

export function cloudSoakTable({ residentMiB }: CloudSoakResult): Table {
  return {
    head: ["part of the run", ...residentMiB.map((_, i) => `${i + 1}0 %`)],
    rows: [["resident MiB of a function, at most", ...residentMiB.map((n) => formatNumber(n))]],
  };
}

export function cloudSoakNotes(result: CloudSoakResult): string {
  const { tasks, batches, lastMap, failedBatches, chunks, differing, seconds, functions } = result;
  const counts = `${tasks.toLocaleString("en")} tasks in ${batches.toLocaleString("en")} batches, as many a batch as the planner takes by default${lastMap < batches ? ` (a further map did the last ${lastMap.toLocaleString("en")} of them)` : ""}: ${failedBatches} batches failed, ${chunks.toLocaleString("en")} chunks were written, ${differing} of them differ from those of the embedded engine.`;
  const time = `${formatNumber(seconds)} s of **LocalStack**, whose time says nothing of AWS's: it passes on about a dozen items a second.`;
  const memory =
    functions > 0 ? ` ${functions} processes were functions; the largest at each time is in the table.` : "";
  return `${counts} The work of a task is that of \`soak\`: ${CHUNK} x ${CHUNK} uint8.\n\n${time}${memory}`;
}
