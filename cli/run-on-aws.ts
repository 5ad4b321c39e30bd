import { executionOf } from "../shared/engine/aws/carrier.ts";
import { LAMBDA_WINDOW, LambdaRunner } from "../shared/engine/aws/lambda-runner.ts";
import { type DeployedStack, findStack } from "../shared/engine/aws/stack.ts";
import { requireReachable, submitPlan } from "../shared/engine/aws/submit.ts";
import { type RunReport, runLocally } from "../shared/engine/local/engine.ts";
import { beginRun } from "../shared/engine/run.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import { watchRun } from "../shared/engine/watch.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { openStore } from "../shared/storage/uri.ts";
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
  const progress = new Progress({ quiet: flags.quiet });
  noteWarnings(plan, progress);
  const options = flags.keep ? { keep: true } : {};
  if (flags.on === "lambda") {
    requireReachable(plan);
    const control = await openStore(`s3://${stack.controlBucket}`);
    const folder = await beginRun(plan, control, "lambda", options);
    return printReport(await invokeBatches(folder, plan, stack, progress, flags), flags);
  }
  await followExecution(await submitPlan(plan, stack, options), stack, progress, flags);
}

/** Watches a run under the state machine to its end; with --detach it only says how to follow it. */
export async function followExecution(
  folder: RunFolder,
  stack: DeployedStack,
  progress: Progress,
  flags: ResumeFlags,
): Promise<void> {
  const { runId } = folder;
  progress.note(`run ${runId} on ${stack.stateMachineArn.split(":").at(-1) ?? ""}`);
  if (!flags.detach) {
    const carrier = executionOf(stack, folder);
    const watched = untilInterrupted((signal) => watchRun(folder, carrier, { onEvent: progress.on, signal }));
    return printReport(await watched.finally(() => progress.close()), flags);
  }
  const { outputs, planHash } = await folder.state();
  progress.note(`follow it with: lamella watch ${runId}, or lamella logs ${runId} --follow`);
  progress.note(`stop it with: lamella cancel ${runId}`);
  process.stdout.write(
    flags.json ? `${JSON.stringify({ runId, status: "running", outputs, planHash })}\n` : `${runId}\n`,
  );
}

/** Carries a run out by invoking functions from here. */
export async function invokeBatches(
  folder: RunFolder,
  plan: Plan,
  stack: DeployedStack,
  progress: Progress,
  flags: ResumeFlags,
): Promise<RunReport> {
  progress.note(`run ${folder.runId} on functions of ${stack.stateMachineArn.split(":").at(-1) ?? ""}`);
  return untilInterrupted((signal) =>
    runLocally(folder, plan, {
      runner: new LambdaRunner(folder, stack, { signal }),
      workers: LAMBDA_WINDOW,
      signal,
      onEvent: progress.on,
      ...(flags.keep ? { keep: true } : {}),
      ...(flags.verify ? { verify: true } : {}),
    }),
  ).finally(() => progress.close());
}
