import { requireNoExecution, requirePlan, resumeOnAws } from "../shared/engine/aws/resume.ts";
import type { DeployedStack } from "../shared/engine/aws/stack.ts";
import { runLocally } from "../shared/engine/local/engine.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import { Observation } from "./observe/observation.ts";
import type { ResumeFlags } from "./resume-run.ts";
import { placeOf } from "./run-choice.ts";
import { seeThrough } from "./run-on-aws.ts";
import { printReport } from "./run-plan.ts";

/** Goes on with a run under the state machine; of one that has succeeded there is nothing left to do but to verify it. */
export async function resumeExecution(
  folder: RunFolder,
  stack: DeployedStack,
  flags: ResumeFlags,
): Promise<void> {
  const observation = await Observation.open(flags);
  const state = await folder.state();
  requirePlan(state);
  const plan = await folder.plan();
  if (state.status === "succeeded") {
    observation.note(`run ${folder.runId} has succeeded already: nothing is left to do`);
    const { verify } = flags;
    const report = await observation.follow({ folder, plan, place: placeOf(flags) }, () =>
      runLocally(folder, plan, { workers: 1, ...(verify ? { verify } : {}) }),
    );
    return printReport(report, flags);
  }
  const { verify, keep } = flags;
  await resumeOnAws(folder, plan, stack, {
    ...(verify ? { verify } : {}),
    ...(keep ? { keep } : {}),
  });
  await seeThrough(folder, plan, stack, "aws", observation, { ...flags, verify: false });
}

/** Goes on with a run whose functions are invoked from here. */
export async function resumeInvokes(
  folder: RunFolder,
  stack: DeployedStack,
  flags: ResumeFlags,
): Promise<void> {
  const observation = await Observation.open(flags);
  const state = await folder.state();
  requirePlan(state);
  if (state.engine === "aws" && state.status !== "succeeded") {
    await requireNoExecution(folder, stack);
    await folder.updateState({ engine: "lambda" });
  }
  await seeThrough(folder, await folder.plan(), stack, "lambda", observation, flags);
}
