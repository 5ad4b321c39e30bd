import { beginOnAws, carryOut, type Way } from "../shared/engine/aws/carry-out.ts";
import { type DeployedStack, findStack } from "../shared/engine/aws/stack.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { untilInterrupted } from "./interrupt.ts";
import { Progress } from "./progress/progress.ts";
import type { ResumeFlags } from "./resume-run.ts";
import { compilePipeline, type RunPipelineFlags } from "./run-pipeline.ts";
import { noteWarnings, printReport } from "./run-plan.ts";

/** Compiles here and runs on a deployed stack: under its state machine, or by invoking its functions from here. */
export async function runOnAws(file: string, flags: RunPipelineFlags): Promise<void> {
  const stack = await findStack(flags.stack);
  // A function has one task at a time in its memory.
  const memory = Math.min(flags.memory ?? stack.workerMemoryMiB, stack.workerMemoryMiB);
  const plan = await compilePipeline(file, { ...flags, memory, workers: 1 });
  const progress = new Progress({ quiet: flags.quiet, verbose: flags.verbose, plan });
  noteWarnings(plan, progress);
  const way = flags.on === "lambda" ? "lambda" : "aws";
  const folder = await beginOnAws(plan, stack, way, flags.keep ? { keep: true } : {});
  await seeThrough(folder, plan, stack, way, progress, flags);
}

/** Sees a run on a stack through to its end; with --detach it only says how to follow it. */
export async function seeThrough(
  folder: RunFolder,
  plan: Plan,
  stack: DeployedStack,
  way: Way,
  progress: Progress,
  flags: ResumeFlags,
): Promise<void> {
  const { runId } = folder;
  const name = stack.stateMachineArn.split(":").at(-1) ?? "";
  progress.note(`run ${runId} on ${way === "aws" ? name : `functions of ${name}`}`);
  if (flags.detach) return detach(folder, progress, flags);
  const report = await untilInterrupted((signal) =>
    carryOut(folder, plan, stack, way, {
      signal,
      onEvent: progress.on,
      ...(flags.keep ? { keep: true } : {}),
      ...(flags.verify ? { verify: true } : {}),
    }),
  ).finally(() => progress.close());
  printReport(report, flags);
}

async function detach(folder: RunFolder, progress: Progress, flags: ResumeFlags): Promise<void> {
  const { runId } = folder;
  const { outputs, planHash } = await folder.state();
  progress.note(`follow it with: lamella watch ${runId}, or lamella logs ${runId} --follow`);
  progress.note(`stop it with: lamella cancel ${runId}`);
  process.stdout.write(
    flags.json ? `${JSON.stringify({ runId, status: "running", outputs, planHash })}\n` : `${runId}\n`,
  );
}
