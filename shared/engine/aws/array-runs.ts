import type { ComputeOptions, TableStoreOptions } from "../../array/runner.ts";
import { LamellaError } from "../../errors.ts";
import type { Budget } from "../../plan/budget.ts";
import type { Plan } from "../../plan/schema.ts";
import type { RunReport } from "../local/engine.ts";
import type { RunFolder } from "../run-folder.ts";
import { beginOnAws, carryOut, type Way } from "./carry-out.ts";
import { cleanOnAws } from "./clean.ts";
import { findStack } from "./stack.ts";

/** Tasks up to which `compute` on AWS invokes functions from here instead of waiting for a Distributed Map. */
const FEW_TASKS = 500;

/** A function has one task at a time in its memory. Throws INVALID_ARGUMENT for options that mean nothing on AWS. */
export async function budgetOnAws(
  options: ComputeOptions & { readonly runs?: string },
): Promise<Partial<Budget>> {
  for (const name of ["workers", "runs"] as const) {
    if (options[name] === undefined) continue;
    throw new LamellaError("INVALID_ARGUMENT", `the option "${name}" is for runs on this computer`, {
      hint: `Leave ${name} out, or on: "${options.on}".`,
    });
  }
  const { workerMemoryMiB } = await findStack(options.stack);
  return { workers: 1, memoryMiB: Math.min(options.memory ?? workerMemoryMiB, workerMemoryMiB) };
}

/** Runs a plan with outputs on a deployed stack, to its end. */
export async function storeOnAws(plan: Plan, options: TableStoreOptions): Promise<RunReport> {
  const stack = await findStack(options.stack);
  const way = wayOf(options);
  const folder = await beginOnAws(plan, stack, way);
  return carryOut(folder, plan, stack, way, options.signal ? { signal: options.signal } : {});
}

/** Runs a plan without outputs on a deployed stack, reads its result from the run's folder, and removes that. */
export async function computeOnAws<T>(
  plan: Plan,
  options: ComputeOptions,
  read: (run: RunFolder) => Promise<T>,
): Promise<T> {
  const stack = await findStack(options.stack);
  const tasks = plan.stages.reduce((sum, stage) => sum + stage.tasks, 0);
  const way = tasks <= FEW_TASKS ? "lambda" : wayOf(options);
  const folder = await beginOnAws(plan, stack, way, { keep: true });
  await carryOut(folder, plan, stack, way, {
    keep: true,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const result = await read(folder);
  // the last function may be about to end; what is left then goes by the bucket's lifecycle
  await cleanOnAws(folder, stack).catch(() => {});
  return result;
}

function wayOf({ on }: ComputeOptions): Way {
  return on === "lambda" ? "lambda" : "aws";
}
