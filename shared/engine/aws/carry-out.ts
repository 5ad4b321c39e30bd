import { toLamellaError } from "../../errors.ts";
import type { Plan } from "../../plan/schema.ts";
import { openStore } from "../../storage/uri.ts";
import { type LocalOptions, type RunReport, runLocally } from "../local/engine.ts";
import { onceBegun } from "../once-begun.ts";
import { type BeginOptions, beginRun } from "../run.ts";
import type { RunFolder } from "../run-folder.ts";
import { type WatchOptions, watchRun } from "../watch.ts";
import { executionOf } from "./carrier.ts";
import { LAMBDA_WINDOW, LambdaRunner } from "./lambda-runner.ts";
import { requireReachable } from "./reachable.ts";
import type { DeployedStack } from "./stack.ts";
import { requireSameSchema, submitPlan } from "./submit.ts";

/** How a run on a deployed stack is carried out: under its state machine, or by invoking its functions from here. */
export type Way = "aws" | "lambda";

/** Begins a run of a plan on a deployed stack. Under the state machine it goes on by itself from here. */
export async function beginOnAws(
  plan: Plan,
  stack: DeployedStack,
  way: Way,
  options: Pick<BeginOptions, "keep"> = {},
): Promise<RunFolder> {
  if (way === "aws") return submitPlan(plan, stack, options);
  requireSameSchema(plan, stack);
  requireReachable(plan);
  return beginRun(plan, await openStore(`s3://${stack.controlBucket}`), "lambda", options);
}

/** Sees a run on a deployed stack through, or goes on with one by invoking its functions. Throws the run's failure, and INTERRUPTED. */
export async function carryOut(
  folder: RunFolder,
  plan: Plan,
  stack: DeployedStack,
  way: Way,
  options: Pick<LocalOptions, "signal" | "onEvent" | "keep" | "verify"> & Pick<WatchOptions, "batches"> = {},
): Promise<RunReport> {
  if (way === "aws") {
    return watchRun(folder, executionOf(stack, folder), options).catch((thrown: unknown) => {
      throw onceBegun(
        toLamellaError(thrown),
        `follow the run, which goes on by itself, with \`lamella watch ${folder.runId}\`.`,
      );
    });
  }
  const { signal } = options;
  const runner = new LambdaRunner(folder, stack, signal ? { signal } : {});
  return runLocally(folder, plan, { ...options, workers: LAMBDA_WINDOW, runner });
}
