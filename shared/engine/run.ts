import { LamellaError, toLamellaError } from "../errors.ts";
import { bundleOf } from "../kernels/own/bundle.ts";
import { bundleKey } from "../kernels/own/load.ts";
import type { Plan } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import { atWork, FUNCTION_MS } from "./aws/at-work.ts";
import { checkOutputs, claimOutputs, isClearing, releaseClaims } from "./claims.ts";
import { finishRun } from "./documents.ts";
import { lateWritersOf } from "./late-writers.ts";
import { thisProcess } from "./local/run-process.ts";
import { onceBegun } from "./once-begun.ts";
import type { RunSummary } from "./protocol.ts";
import { readProgress } from "./receipts.ts";
import { removeRun } from "./remove-run.ts";
import { RunFolder, type RunState } from "./run-folder.ts";
import { newRunId } from "./run-id.ts";

export interface BeginOptions {
  readonly runId?: string;
  /** Intermediates stay after success. */
  readonly keep?: boolean;
}

/** Writes a run's folder and claims the outputs. A repeated request with the same run id goes on with that run. */
export async function beginRun(
  plan: Plan,
  control: ObjectStore,
  engine: RunState["engine"],
  options: BeginOptions = {},
): Promise<RunFolder> {
  const runId = options.runId ?? newRunId();
  const folder = new RunFolder(control, runId);
  const kept = await folder.json<RunState>("state.json");
  // One that failed before it had a plan begins now.
  const earlier = kept?.planHash === NO_PLAN ? undefined : kept;
  if (earlier && earlier.planHash !== plan.hash) {
    throw new LamellaError("PLAN_CHANGED", `run ${runId} was of another plan`, {
      hint: "Give the new run an id of its own.",
      details: { runId, earlier: earlier.planHash, now: plan.hash },
    });
  }
  if (earlier?.status === "succeeded") return folder;
  if (!earlier) await checkOutputs(plan, runId);
  const now = new Date().toISOString();
  try {
    // A claim leads to a run that can be gone on with: its plan is there first.
    if (!earlier) {
      await writeKernels(plan, folder);
      await folder.writePlan(plan);
      await folder.writeState({
        runId,
        status: "planned",
        engine,
        createdAt: now,
        updatedAt: now,
        outputs: outputUris(plan),
        planHash: plan.hash,
        ...(engine === "aws" ? {} : { process: thisProcess() }),
        claiming: true,
        ...(options.keep ? { keep: true } : {}),
      });
    }
    await claimUnclaimed(folder, plan);
  } catch (error) {
    const stays = earlier !== undefined || (await takeBack(plan, folder).catch(() => false));
    throw stays ? onceBegun(toLamellaError(error), `go on with \`lamella resume ${runId}\`.`) : error;
  }
  return folder;
}

/** Claims the outputs of a run whose process ended before it had them all. */
export async function claimUnclaimed(folder: RunFolder, plan: Plan): Promise<void> {
  if (!(await folder.state()).claiming) return;
  await claimOutputs(plan, folder.runId, async (other) => lateWritersOf(folder, other));
  const { claiming: _, ...state } = await folder.state();
  await folder.writeState(state);
}

/** Of a run that couldn't begin nothing stays. One that has begun to clear what it replaces can be resumed, and does: true. */
async function takeBack(plan: Plan, folder: RunFolder): Promise<boolean> {
  if (await isClearing(plan, folder.runId)) return true;
  await releaseClaims(plan, folder.runId);
  await removeRun(folder);
  return false;
}

/** The bundles of a plan's own kernels, for its workers; only the process that compiled a plan has them. */
async function writeKernels(plan: Plan, folder: RunFolder): Promise<void> {
  for (const [sha256, { name, published }] of Object.entries(plan.kernels)) {
    if (published) continue;
    const bundle = bundleOf(sha256);
    if (!bundle) {
      throw new LamellaError(
        "PLAN_INVALID",
        `the plan needs the own kernel ${name}, which was bundled elsewhere`,
        {
          hint: "Run the pipeline that the plan came from.",
        },
      );
    }
    await folder.store.put(bundleKey(sha256), bundle.code, { contentType: "text/javascript" });
  }
}

export function outputUris(plan: Plan): { [name: string]: string } {
  return Object.fromEntries(Object.entries(plan.outputs).map(([name, output]) => [name, output.shown]));
}

/** The plan hash of a run that failed before it had a plan. */
export const NO_PLAN = "";

/** Checks every stage again, writes the metadata that makes the outputs open, and cleans up. */
export async function finalizeRun(
  control: ObjectStore,
  runId: string,
  remainingMs: number = FUNCTION_MS,
): Promise<RunSummary> {
  const folder = new RunFolder(control, runId);
  const before = await folder.state();
  // A repeated request, or another execution, finds the work done.
  if (before.status === "succeeded") return { runId, status: before.status, outputs: before.outputs };
  return atWork(folder, "finalize", remainingMs, async () => {
    const state = await finishRun(folder, await folder.plan(), { keep: before.keep ?? false });
    return { runId, status: state.status, outputs: state.outputs };
  });
}

/**
 * Writes a failure into the run; one that has succeeded stays so, whatever a later attempt, or another execution, met. The answer names
 * the failure for the state machine's last word.
 */
export async function failRun(
  control: ObjectStore,
  runId: string,
  failure: {
    readonly error?: string;
    readonly cause?: string;
    readonly hint?: string;
    readonly stage?: number;
    readonly task?: number;
  },
): Promise<{ error: string; cause: string }> {
  const folder = new RunFolder(control, runId);
  const message = failure.cause ?? "the run failed";
  const code = failure.error ?? "RUN_FAILED";
  if ((await folder.state()).status === "succeeded") return { error: code, cause: message };
  await folder.updateState({
    status: code === "CANCELLED" ? "cancelled" : "failed",
    ...(failure.stage === undefined ? {} : { stage: failure.stage }),
    failure: {
      code,
      message,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      ...(failure.stage === undefined ? {} : { stage: failure.stage }),
      ...(failure.task === undefined ? {} : { task: failure.task }),
    },
  });
  return { error: code, cause: message };
}

export interface RunView extends RunState {
  readonly stages: readonly {
    readonly name: string;
    readonly kind: string;
    readonly tasks: number;
    readonly done: number;
    /** Functions that died of a batch which a larger one then finished. */
    readonly escalations: number;
  }[];
}

/** A run's state with the progress that its receipts prove. */
export async function readRunState(folder: RunFolder): Promise<RunView> {
  const state = await folder.state();
  if (state.planHash === NO_PLAN) return { ...state, stages: [] };
  const plan = await folder.plan();
  const stages = await Promise.all(
    plan.stages.map(async (stage, i) => {
      const { doneCount, escalations } = await readProgress(folder, plan, i);
      return { name: stage.name, kind: stage.kind, tasks: stage.tasks, done: doneCount, escalations };
    }),
  );
  return { ...state, stages };
}
