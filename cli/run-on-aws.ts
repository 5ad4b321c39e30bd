import { beginOnAws, carryOut, type Way } from "../shared/engine/aws/carry-out.ts";
import { type DeployedStack, findStack } from "../shared/engine/aws/stack.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { untilInterrupted } from "./interrupt.ts";
import { Observation } from "./observe/observation.ts";
import type { ResumeFlags } from "./resume-run.ts";
import { placeOf } from "./run-choice.ts";
import { compilePipeline, type RunPipelineFlags } from "./run-pipeline.ts";
import { noteWarnings, printReport } from "./run-plan.ts";

/** Compiles here and runs on a deployed stack: under its state machine, or by invoking its functions from here. */
export async function runOnAws(file: string, flags: RunPipelineFlags): Promise<void> {
  const stack = await findStack(flags.stack);
  // A function has one task at a time in its memory.
  const memory = Math.min(flags.memory ?? stack.workerMemoryMiB, stack.workerMemoryMiB);
  const plan = await compilePipeline(file, { ...flags, memory, workers: 1, dashboard: false });
  const observation = await Observation.open(flags);
  noteWarnings(plan, observation);
  const way = flags.on === "lambda" ? "lambda" : "aws";
  const folder = await beginOnAws(plan, stack, way, flags.keep ? { keep: true } : {});
  await seeThrough(folder, plan, stack, way, observation, flags);
}

/** Sees a run on a stack through to its end; with --detach it only says how to follow it. */
export async function seeThrough(
  folder: RunFolder,
  plan: Plan,
  stack: DeployedStack,
  way: Way,
  observation: Observation,
  flags: ResumeFlags,
): Promise<void> {
  const { runId } = folder;
  const name = stack.stateMachineArn.split(":").at(-1) ?? "";
  observation.note(`run ${runId} on ${way === "aws" ? name : `functions of ${name}`}`);
  if (flags.detach) return detach(folder, observation, flags);
  const { on: onEvent, wantsBatches: batches } = observation;
  const observed = { folder, plan, isWatched: way === "aws", place: placeOf(flags) };
  const carry = (signal: AbortSignal) =>
    carryOut(folder, plan, stack, way, {
      ...{ signal, onEvent, batches },
      ...(flags.keep ? { keep: true } : {}),
      ...(flags.verify ? { verify: true } : {}),
    });
  // A function that was invoked can't be stopped; under the state machine Ctrl-C ends the watching alone.
  const sayWaiting = () =>
    observation.note("stopping: waiting for the functions that are at work; Ctrl-C again doesn't wait");
  const report = await observation.follow(observed, () =>
    untilInterrupted(carry, way === "lambda" ? sayWaiting : undefined),
  );
  printReport(report, flags);
}

async function detach(folder: RunFolder, observation: Observation, flags: ResumeFlags): Promise<void> {
  const { runId } = folder;
  const { outputs, planHash } = await folder.state();
  observation.note(`follow it with: lamella watch ${runId}, or lamella logs ${runId} --follow`);
  observation.note(`stop it with: lamella cancel ${runId}`);
  process.stdout.write(
    flags.json ? `${JSON.stringify({ runId, status: "running", outputs, planHash })}\n` : `${runId}\n`,
  );
}
