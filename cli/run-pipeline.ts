import { type Json, LamellaError } from "../shared/errors.ts";
import { compile } from "../shared/plan/compile.ts";
import { requireAffordable } from "../shared/plan/cost.ts";
import { isPinned } from "../shared/plan/pins.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { type BudgetFlags, compileFlags } from "./convert-here.ts";
import { findRun } from "./find-run.ts";
import { checkFlags, type FlagRule } from "./flag-rules.ts";
import { loadPipeline } from "./load-pipeline.ts";
import { loadPrices } from "./prices.ts";
import { resumeRun } from "./resume-run.ts";
import { printReport, type RunFlags, runPlanHere } from "./run-plan.ts";

export interface RunPipelineFlags extends RunFlags, BudgetFlags {
  readonly on?: "local" | "aws" | "lambda";
  readonly set?: { readonly [name: string]: Json };
  readonly maxCost?: number;
  readonly resume?: string;
  readonly detach?: boolean;
  readonly stack?: string;
  readonly pinInputs?: boolean;
}

/** What a run under the state machine, or by invokes, would ignore. */
const ON_AWS: readonly FlagRule[] = ["workers", "runs"].flatMap((flag) =>
  ["on aws", "on lambda"].map((excludes) => ({
    flag,
    excludes,
    hint: `Leave --${flag} out: it is for runs on this computer.`,
  })),
);

const RULES: readonly FlagRule[] = [
  { flag: "stack", excludes: "on local", hint: "Add --on aws to run on the stack, or leave --stack out." },
  ...ON_AWS,
  { flag: "verify", needs: "resume", hint: "A new run has no objects to compare: leave --verify out." },
  {
    flag: "overwrite",
    excludes: "resume",
    hint: "Leave --overwrite out to go on with the run, or --resume to begin again.",
  },
  {
    flag: "memory",
    excludes: "resume",
    hint: "A run keeps the budget it was planned with; --workers 1 needs less of it.",
  },
];

export async function runPipeline(file: string, flags: RunPipelineFlags): Promise<void> {
  checkFlags(flags, RULES);
  if (flags.resume !== undefined) return resumePipeline(file, flags.resume, flags);
  requireAws(flags);
  if (flags.on === "aws" || flags.on === "lambda") {
    const { runOnAws } = await import("./run-on-aws.ts");
    return runOnAws(file, flags);
  }
  const plan = await compilePipeline(file, flags);
  printReport(await runPlanHere(plan, flags), flags);
}

/** Compiles, and refuses what would cost more than --max-cost. */
export async function compilePipeline(
  file: string,
  flags: BudgetFlags & {
    set?: { readonly [name: string]: Json };
    maxCost?: number;
    prices?: string;
    pinInputs?: boolean;
  },
): Promise<Plan> {
  const outputs = await loadPipeline(file, flags.set ?? {});
  const pins = flags.pinInputs
    ? { pins: await (await import("../shared/plan/pin-inputs.ts")).pinInputs(outputs) }
    : {};
  const plan = await compile(outputs, { ...compileFlags(flags), ...pins });
  if (flags.maxCost !== undefined) requireAffordable(plan, flags.maxCost, await loadPrices(flags.prices));
  return plan;
}

/** A new run is one here unless it says otherwise; one that is resumed is looked for. */
function requireAws(flags: RunPipelineFlags): void {
  const rules: readonly FlagRule[] = [
    { flag: "detach", needs: "on aws", hint: "Any other run ends with this process." },
  ];
  checkFlags(flags, rules);
  if (flags.stack === undefined || flags.on === "aws" || flags.on === "lambda") return;
  throw new LamellaError("INVALID_ARGUMENT", "--stack needs --on aws or --on lambda", {
    hint: "Add --on aws to run on the stack, or leave --stack out.",
  });
}

async function resumePipeline(file: string, runId: string, flags: RunPipelineFlags): Promise<void> {
  const { on, stack, runs } = flags;
  const place = {
    ...(on === undefined ? {} : { on: on === "local" ? on : ("aws" as const) }),
    ...(stack === undefined ? {} : { stack }),
    ...(runs === undefined ? {} : { runs }),
  };
  const found = await findRun(runId, place);
  const { folder } = found;
  const earlier = await folder.plan();
  const { memoryMiB: memory, workers } = earlier.budget;
  const pinInputs = flags.pinInputs || isPinned(earlier);
  const plan = await compilePipeline(file, { ...flags, memory, workers, pinInputs });
  if (earlier.hash !== plan.hash) {
    throw new LamellaError(
      "PLAN_CHANGED",
      `run ${runId} was of another plan: the pipeline, its inputs, its own kernels or Lamella changed since`,
      {
        hint: "Start a new run, with --overwrite for the same output.",
        details: { runId, earlier: earlier.hash, now: plan.hash },
      },
    );
  }
  await resumeRun(found, flags, on === "local" ? undefined : on);
}
