import { findStack } from "../shared/engine/aws/stack.ts";
import { submitPlan } from "../shared/engine/aws/submit.ts";
import { watchRun } from "../shared/engine/aws/watch.ts";
import { LamellaError } from "../shared/errors.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import { openStore } from "../shared/storage/uri.ts";
import { paint } from "./paint.ts";
import { Progress } from "./progress.ts";
import { compilePipeline, type RunPipelineFlags } from "./run-pipeline.ts";
import { printReport } from "./run-plan.ts";

/** The control bucket's store of a deployed stack. */
export async function awsControlStore(stack: string | undefined): Promise<ObjectStore> {
  return openStore(`s3://${(await findStack(stack)).controlBucket}`);
}

/** Compiles a pipeline here, for the memory of the stack's functions, and has the stack run it. */
export async function runOnAws(file: string, flags: RunPipelineFlags): Promise<void> {
  if (flags.resume !== undefined || flags.keep || flags.verify || flags.workers !== undefined) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      "--resume, --keep, --verify and --workers are for runs on this computer",
      {
        hint: "Leave them out with --on aws.",
      },
    );
  }
  const stack = await findStack(flags.stack);
  const plan = await compilePipeline(file, {
    ...flags,
    workers: 1,
    memory: flags.memory ?? stack.workerMemoryMiB,
  });
  const progress = new Progress({ quiet: flags.quiet });
  for (const warning of plan.warnings)
    progress.note(`${paint("yellow", `warning[${warning.code}]`)}: ${warning.message}`);
  const folder = await submitPlan(plan, stack);
  progress.note(`run ${folder.runId} on ${stack.stateMachineArn}`);
  if (flags.detach) {
    const { status, outputs, planHash } = await folder.state();
    if (flags.json)
      process.stdout.write(`${JSON.stringify({ runId: folder.runId, status, outputs, planHash })}\n`);
    else process.stdout.write(`${folder.runId}\n`);
    return;
  }
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    printReport(await watchRun(stack, folder, { onEvent: progress.on, signal: abort.signal }), flags);
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}
