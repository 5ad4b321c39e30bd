import { findStack } from "../shared/engine/aws/stack.ts";
import { submitPlan } from "../shared/engine/aws/submit.ts";
import { watchRun } from "../shared/engine/aws/watch.ts";
import { LamellaError } from "../shared/errors.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import { openStore } from "../shared/storage/uri.ts";
import { Progress } from "./progress.ts";
import { compilePipeline, type RunPipelineFlags } from "./run-pipeline.ts";
import { noteWarnings, printReport } from "./run-plan.ts";

/** The store of a deployed stack's control bucket, where its runs are kept. */
export async function awsControlStore(stack: string | undefined): Promise<ObjectStore> {
  return openStore(`s3://${(await findStack(stack)).controlBucket}`);
}

/** Compiles here, runs on Step Functions and Lambda, and watches until the end unless --detach. */
export async function runOnAws(file: string, flags: RunPipelineFlags): Promise<void> {
  for (const name of ["resume", "verify", "keep", "workers", "runs"] as const) {
    if (flags[name] === undefined) continue;
    throw new LamellaError("INVALID_ARGUMENT", `--${name} is for runs on this computer, not for --on aws`, {
      hint: name === "resume" ? "Start a new run with --overwrite." : "Leave it out.",
    });
  }
  const stack = await findStack(flags.stack);
  // A function has one task at a time in its memory.
  const memory = Math.min(flags.memory ?? stack.workerMemoryMiB, stack.workerMemoryMiB);
  const plan = await compilePipeline(file, { ...flags, memory, workers: 1 });
  const progress = new Progress({ quiet: flags.quiet });
  noteWarnings(plan, progress);
  const folder = await submitPlan(plan, stack);
  progress.note(`run ${folder.runId} on ${stack.stateMachineArn.split(":").at(-1) ?? ""}`);
  if (flags.detach) {
    const answer = {
      runId: folder.runId,
      status: "running",
      outputs: (await folder.state()).outputs,
      planHash: plan.hash,
    };
    process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : `${folder.runId}\n`);
    return;
  }
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.once("SIGINT", onSignal);
  try {
    printReport(await watchRun(stack, folder, { onEvent: progress.on, signal: abort.signal }), flags);
  } finally {
    process.removeListener("SIGINT", onSignal);
  }
}
