import { RunFolder } from "../shared/engine/run-folder.ts";
import { type Json, LamellaError } from "../shared/errors.ts";
import { compile } from "../shared/plan/compile.ts";
import { requireAffordable } from "../shared/plan/cost.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { controlStore } from "./control-store.ts";
import { type BudgetFlags, compileFlags } from "./convert-here.ts";
import { loadPipeline } from "./load-pipeline.ts";
import { finishHere, printReport, type RunFlags, runPlanHere } from "./run-plan.ts";

export interface RunPipelineFlags extends RunFlags, BudgetFlags {
  readonly on: "local" | "aws" | "lambda";
  readonly set?: { readonly [name: string]: Json };
  readonly maxCost?: number;
  readonly resume?: string;
  readonly detach?: boolean;
  readonly stack?: string;
}

export async function runPipeline(file: string, flags: RunPipelineFlags): Promise<void> {
  if (flags.on !== "aws" && flags.detach) {
    throw new LamellaError("INVALID_ARGUMENT", "--detach needs --on aws", {
      hint: "Any other run ends with this process.",
    });
  }
  if (flags.on !== "local") {
    const { runOnAws } = await import("./run-on-aws.ts");
    return runOnAws(file, flags);
  }
  if (flags.resume !== undefined)
    return resumePlan(await compilePipeline(file, { ...flags, overwrite: false }), flags.resume, flags);
  const plan = await compilePipeline(file, flags);
  printReport(await runPlanHere(plan, flags), flags);
}

/** Compiles, and refuses what would cost more than --max-cost. */
export async function compilePipeline(
  file: string,
  flags: BudgetFlags & { set?: { readonly [name: string]: Json }; maxCost?: number },
): Promise<Plan> {
  const plan = await compile(await loadPipeline(file, flags.set ?? {}), compileFlags(flags));
  if (flags.maxCost !== undefined) requireAffordable(plan, flags.maxCost);
  return plan;
}

async function resumePlan(plan: Plan, runId: string, flags: RunPipelineFlags): Promise<void> {
  const folder = new RunFolder(await controlStore(flags.runs), runId);
  const earlier = await folder.plan();
  if (earlier.hash !== plan.hash) {
    throw new LamellaError(
      "PLAN_CHANGED",
      `run ${runId} was of another plan: the pipeline, its inputs or Lamella changed since`,
      {
        hint: "Start a new run, with --overwrite for the same output.",
        details: { runId, earlier: earlier.hash, now: plan.hash },
      },
    );
  }
  printReport(await finishHere(folder, earlier, flags), flags);
}
