import { executionOf } from "../shared/engine/aws/carrier.ts";
import { LAMBDA_WINDOW, LambdaRunner } from "../shared/engine/aws/lambda-runner.ts";
import { type DeployedStack, findStack } from "../shared/engine/aws/stack.ts";
import { requireReachable, submitPlan } from "../shared/engine/aws/submit.ts";
import { runLocally } from "../shared/engine/local/engine.ts";
import { beginRun } from "../shared/engine/run.ts";
import { watchRun } from "../shared/engine/watch.ts";
import { LamellaError } from "../shared/errors.ts";
import type { Plan } from "../shared/plan/schema.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import { openStore } from "../shared/storage/uri.ts";
import { Progress } from "./progress/progress.ts";
import { compilePipeline, type RunPipelineFlags } from "./run-pipeline.ts";
import { noteWarnings, printReport } from "./run-plan.ts";

/** The store of a deployed stack's control bucket, where its runs are kept. */
export async function awsControlStore(stack: string | undefined): Promise<ObjectStore> {
  return openStore(`s3://${(await findStack(stack)).controlBucket}`);
}

/** Compiles here and runs on a deployed stack: under its state machine, or by invoking its functions from here. */
export async function runOnAws(file: string, flags: RunPipelineFlags): Promise<void> {
  const stack = await findStack(flags.stack);
  // A function has one task at a time in its memory.
  const memory = Math.min(flags.memory ?? stack.workerMemoryMiB, stack.workerMemoryMiB);
  const plan = await compilePipeline(file, { ...flags, memory, workers: 1 });
  const progress = new Progress({ quiet: flags.quiet });
  noteWarnings(plan, progress);
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.once("SIGINT", onSignal);
  try {
    const run = flags.on === "lambda" ? runByInvokes : runByStateMachine;
    await run(plan, stack, progress, abort.signal, flags);
  } finally {
    process.removeListener("SIGINT", onSignal);
  }
}

async function runByStateMachine(
  plan: Plan,
  stack: DeployedStack,
  progress: Progress,
  signal: AbortSignal,
  flags: RunPipelineFlags,
): Promise<void> {
  const folder = await submitPlan(plan, stack);
  progress.note(`run ${folder.runId} on ${stack.stateMachineArn.split(":").at(-1) ?? ""}`);
  if (!flags.detach) {
    printReport(await watchRun(folder, executionOf(stack, folder), { onEvent: progress.on, signal }), flags);
    return;
  }
  const { outputs } = await folder.state();
  const answer = { runId: folder.runId, status: "running", outputs, planHash: plan.hash };
  process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : `${folder.runId}\n`);
}

async function runByInvokes(
  plan: Plan,
  stack: DeployedStack,
  progress: Progress,
  signal: AbortSignal,
  flags: RunPipelineFlags,
): Promise<void> {
  const functionName = stack.runTasksFunction ?? process.env["LAMELLA_RUN_TASKS_FUNCTION"];
  if (!functionName) {
    throw new LamellaError(
      "STACK_NOT_FOUND",
      "the environment names the stack, but not its run-tasks function",
      {
        hint: "Set LAMELLA_RUN_TASKS_FUNCTION, or name the stack with --stack.",
      },
    );
  }
  requireReachable(plan);
  const folder = await beginRun(plan, await openStore(`s3://${stack.controlBucket}`), "aws");
  progress.note(`run ${folder.runId} on ${functionName}`);
  const runner = new LambdaRunner(folder, functionName);
  printReport(
    await runLocally(folder, plan, { workers: LAMBDA_WINDOW, runner, signal, onEvent: progress.on }),
    flags,
  );
}
