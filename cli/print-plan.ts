import { writeFile } from "node:fs/promises";
import { isLamellaError, LamellaError } from "../shared/errors.ts";
import { projectedPeaks } from "../shared/plan/budget.ts";
import { estimateCost, type PlanCost } from "../shared/plan/cost.ts";
import type { Plan, Stage } from "../shared/plan/schema.ts";
import { threadsOf } from "../shared/plan/threads.ts";
import { formatBytes, formatCount, formatSeconds, formatUsd, table } from "./format.ts";
import { paint } from "./paint.ts";
import { arithmeticOf } from "./plan-arithmetic.ts";
import { drawPlan } from "./plan-drawing.ts";
import { loadPrices } from "./prices.ts";

export interface PlanOutputFlags {
  readonly json?: boolean;
  readonly svg?: string;
  readonly prices?: string;
  readonly verbose?: boolean;
}

async function writeDrawing(file: string, svg: string): Promise<void> {
  await writeFile(file, svg).catch((error: Error) => {
    throw new LamellaError("INVALID_ARGUMENT", `--svg ${file}: ${error.message}`, {
      hint: "Name a file in a folder that is there, and that may be written.",
      cause: error,
    });
  });
}

/** The plan on stdout: a table, with --verbose its arithmetic, or the document with its cost; or a drawing in a file. */
export async function printPlan(plan: Plan, flags: PlanOutputFlags): Promise<void> {
  const facts = await loadPrices(flags.prices);
  const cost = estimateCost(plan, facts);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ ...plan, cost })}\n`);
    return;
  }
  if (flags.svg !== undefined) {
    if (flags.svg === "-") process.stdout.write(drawPlan(plan));
    else {
      await writeDrawing(flags.svg, drawPlan(plan));
      process.stderr.write(`wrote ${flags.svg}\n`);
    }
    return;
  }
  for (const warning of plan.warnings)
    process.stderr.write(`${paint("yellow", `warning[${warning.code}]`)}: ${warning.message}\n`);
  const header = [
    "stage",
    "kind",
    "tasks",
    "block",
    "reads",
    "x",
    "halo",
    "writes",
    "MiB/task",
    "peak MiB",
    "CPU",
    "AWS",
  ];
  const { workers, memoryMiB } = plan.budget;
  const threads = threadsOf(plan.stages, workers);
  const peaks = projectedPeaks(plan.stages, threads).map((bytes) => Math.ceil(bytes / 2 ** 20));
  const rows = plan.stages.map((stage, i) => stageRow(stage, cost, peaks[i]!, i));
  process.stdout.write(`${table([header, ...rows], [2, 4, 5, 6, 7, 8, 9, 10, 11])}\n\n`);
  const peak = Math.max(0, ...peaks);
  const reads = sum(plan, (s) => s.estimate.bytesRead);
  const writes = sum(plan, (s) => s.estimate.bytesWritten);
  const lines = [
    `tasks   ${formatCount(sum(plan, (s) => s.tasks))} in ${plan.stages.length} stages`,
    `bytes   reads ${formatBytes(reads)}, writes ${formatBytes(writes)}, decoded`,
    `memory  at most ${peak} MiB = runtime + ${threads > 0 ? `${threads} workers x (task + cache + runtime)` : "task + cache, in the process itself"}, budget ${memoryMiB} MiB`,
    `AWS     about ${formatUsd(cost.usd)}, at least ${formatSeconds(cost.wallSeconds)}: ${arithmetic(cost)}`,
    `plan    ${plan.hash.slice(0, 16)}`,
  ];
  for (const { step, choice, reason } of plan.decisions) lines.push(`${step}: ${choice}, because ${reason}`);
  for (const [name, output] of Object.entries(plan.outputs)) lines.push(`output  ${name}: ${output.shown}`);
  if (flags.verbose)
    for (const i of plan.stages.keys()) lines.push("", ...arithmeticOf(plan, cost, facts, i));
  process.stdout.write(`${lines.join("\n")}\n`);
  await noteTaken(plan);
}

/** Says on stderr where a run of the plan would be refused for what is there already. */
async function noteTaken(plan: Plan): Promise<void> {
  const { checkOutputs } = await import("../shared/engine/claims.ts");
  try {
    await checkOutputs(plan, "");
  } catch (error) {
    if (!isLamellaError(error) || !["OUTPUT_EXISTS", "OUTPUT_CLAIMED"].includes(error.code)) return;
    process.stderr.write(`${paint("yellow", "note")}: ${error.message}: a run needs --overwrite\n`);
  }
}

function stageRow(stage: Stage, cost: PlanCost, peak: number, index: number): string[] {
  const { estimate } = stage;
  const block = "grid" in stage ? stage.grid.block : (stage.readBlock ?? []);
  const times = (bytes: number) =>
    estimate.bytesInput > 0 ? `x${(bytes / estimate.bytesInput).toFixed(2)}` : "";
  return [
    stage.name,
    "phase" in stage ? `${stage.kind} ${stage.phase}` : stage.kind,
    formatCount(stage.tasks),
    block.join("x"),
    formatBytes(estimate.bytesRead),
    times(estimate.bytesRead),
    times(estimate.bytesTaken ?? estimate.bytesRead),
    formatBytes(estimate.bytesWritten),
    String(Math.ceil((stage.memory.heap + stage.memory.buffers) / 2 ** 20)),
    String(peak),
    formatSeconds(estimate.cpuSeconds),
    formatUsd(cost.stages[index]!.usd),
  ];
}

function arithmetic(cost: PlanCost): string {
  const lambda = cost.stages.reduce((n, s) => n + s.lambdaUsd, 0);
  const steps = cost.stages.reduce((n, s) => n + s.stepFunctionsUsd, 0);
  const s3 = cost.stages.reduce((n, s) => n + s.s3Usd, 0);
  const seconds = cost.stages.reduce((n, s) => n + s.lambdaSeconds, 0);
  return `Lambda ${formatSeconds(seconds)} ${formatUsd(lambda)}, Step Functions ${formatUsd(steps)}, S3 requests ${formatUsd(s3)} (prices of ${cost.factsCollected})`;
}

function sum(plan: Plan, value: (stage: Stage) => number): number {
  return plan.stages.reduce((total, stage) => total + value(stage), 0);
}
