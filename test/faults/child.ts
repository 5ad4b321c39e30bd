/**
 * `lamella run`, `convert` in a process of its own, with what no flag says: threads for little work, steps that are stored on the
 * way, each batch delivered twice. Prints and ends as the command line does.
 */
import { controlStore } from "../../cli/control-store.ts";
import { reportError } from "../../cli/report-error.ts";
import { printReport, runPlanHere } from "../../cli/run-plan.ts";
import { type BatchRunner, runLocally } from "../../shared/engine/local/engine.ts";
import { InlineRunner } from "../../shared/engine/local/inline-runner.ts";
import { beginRun } from "../../shared/engine/run.ts";
import type { Json } from "../../shared/errors.ts";
import { outputsOfRequest, pipelineOutputs } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { forWorkers } from "../support/run.ts";

export interface ChildRequest {
  readonly base: string;
  readonly pipeline?: object;
  readonly convert?: { readonly [key: string]: Json };
  readonly overwrite?: boolean;
  /** Store every step that can be stored. */
  readonly store?: boolean;
  readonly workers: number;
  /** Threads, however little the work. */
  readonly threads?: boolean;
  /** Each batch is carried out by two at the same time. */
  readonly twice?: boolean;
}

const request = JSON.parse(process.argv[2]!) as ChildRequest;
const runs = `${request.base}/runs`;
const flags = { json: true, quiet: false, runs };

async function planned(): Promise<Plan> {
  const { base, pipeline, convert, overwrite = false, store, workers } = request;
  const outputs = pipeline
    ? await pipelineOutputs(pipeline, {}, base, "pipeline.yaml")
    : await outputsOfRequest({ convert } as never);
  const plan = await compile(outputs, {
    overwrite,
    budget: { workers },
    ...(store ? { economy: "store" as const } : {}),
  });
  return request.threads ? forWorkers(plan) : plan;
}

async function runTwice(plan: Plan): Promise<void> {
  const folder = await beginRun(plan, await controlStore(runs), "local");
  const both = [new InlineRunner(folder, plan, undefined), new InlineRunner(folder, plan, undefined)];
  const runner: BatchRunner = {
    run: async (stage, item) => (await Promise.all(both.map((one) => one.run(stage, item))))[0]!,
    enterStage: async (stage) => (await Promise.all(both.map((one) => one.enterStage(stage)))).every(Boolean),
    close: async () => void (await Promise.all(both.map((one) => one.close()))),
  };
  printReport(await runLocally(folder, plan, { workers: request.workers, runner }), flags);
}

try {
  const plan = await planned();
  if (request.twice) await runTwice(plan);
  else printReport(await runPlanHere(plan, { ...flags, workers: request.workers }), flags);
} catch (error) {
  process.exitCode = reportError(error, true);
}
