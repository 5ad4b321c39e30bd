import type { PublishedKernels } from "../kernels/own/published.ts";
import { outputsOfRequest } from "../pipeline/request.ts";
import { AWS_FACTS } from "../plan/aws-facts.ts";
import { largestBudgetMiB } from "../plan/aws-tier.ts";
import { compile } from "../plan/compile.ts";
import { requireAffordable } from "../plan/cost.ts";
import type { ObjectStore } from "../storage/store.ts";
import { atWork, FUNCTION_MS } from "./aws/at-work.ts";
import { requireReachable, requireReachableUri } from "./aws/reachable.ts";
import type { RunRequest, StageTurn } from "./protocol.ts";
import { beginRun, claimUnclaimed } from "./run.ts";
import { RunFolder, type RunState } from "./run-folder.ts";
import { newRunId } from "./run-id.ts";
import { nextTurn, type TurnOptions } from "./stage-loop.ts";

export interface PlanEnvironment extends TurnOptions {
  /** Where runs are kept: `runs/<id>/` lies under it. */
  readonly control: ObjectStore;
  /** The execution that carries the run out from now on. */
  readonly execution?: string;
  /** What requests may name besides built-in kernels, where the stack allows it. */
  readonly published?: PublishedKernels;
  /** Functions carry the run out, so that its places must be ones that all of them reach. */
  readonly onFunctions?: boolean;
}

/** Compiles a request, or takes the plan that the command line left, claims its outputs and prepares the first stage. */
export async function planRun(request: RunRequest, environment: PlanEnvironment): Promise<StageTurn> {
  if ("runId" in request) {
    const folder = new RunFolder(environment.control, request.runId);
    return atWork(folder, "plan", environment.remainingMs ?? FUNCTION_MS, async () => {
      const plan = await folder.plan();
      await claimUnclaimed(folder, plan);
      const state = await folder.state();
      if (state.status === "succeeded") return { runId: folder.runId, done: true, turn: 1 };
      await folder.updateState({ status: "running", ...carriedBy(state, environment.execution) });
      return nextTurn(folder, plan, request.stage ?? 0, environment);
    });
  }
  const options = request.options ?? {};
  // A function can't have more memory than it was deployed with.
  const memoryMiB = Math.min(
    options.memoryMiB ?? Number.POSITIVE_INFINITY,
    largestBudgetMiB(environment.tiersMB ?? AWS_FACTS.lambda.tiersMB),
  );
  if (environment.onFunctions && "convert" in request) {
    requireReachableUri("src", request.convert.src);
    requireReachableUri("dst", request.convert.dst);
  }
  if (environment.onFunctions && "pipelineUri" in request)
    requireReachableUri("pipelineUri", request.pipelineUri);
  const plan = await compile(await outputsOfRequest(request), {
    overwrite: options.overwrite ?? false,
    budget: { workers: 1, memoryMiB },
    ...(environment.published ? { published: environment.published } : {}),
  });
  if (environment.onFunctions) requireReachable(plan);
  if (options.maxCostUsd !== undefined) requireAffordable(plan, options.maxCostUsd);
  const runId = options.runId ?? newRunId();
  const begun = new RunFolder(environment.control, runId);
  return atWork(begun, "plan", environment.remainingMs ?? FUNCTION_MS, async () => {
    const folder = await beginRun(plan, environment.control, "aws", { runId });
    const state = await folder.state();
    if (state.status === "succeeded") return { runId, done: true, turn: 1 };
    await folder.updateState({ status: "running", ...carriedBy(state, environment.execution) });
    // A repeated request goes on with the plan that was kept, whose tasks the receipts are about.
    return nextTurn(folder, await folder.plan(), 0, environment);
  });
}

/** Which execution carries a run out from now on. */
function carriedBy(
  { runId, status, executions }: RunState,
  execution: string | undefined,
): Pick<RunState, "executions"> {
  const known = executions ?? (status === "planned" ? [] : [runId]);
  if (execution === undefined || known.at(-1) === execution) return {};
  return { executions: [...known, execution] };
}
