import type { BatchDone, RunEvent } from "../../shared/engine/run-events.ts";
import type { LamellaError } from "../../shared/errors.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { replayCommand } from "../replay-command.ts";
import type { EventDocument } from "./schema.ts";

/** What all documents have is added by who writes them. */
type Without<E> = E extends EventDocument ? Omit<E, "version" | "runId" | "time"> : never;
export type EventBody = Without<EventDocument>;

export function startOf(
  plan: Plan,
  run: {
    readonly engine: "local" | "aws" | "lambda";
    readonly resumed: boolean;
    readonly outputs: { readonly [name: string]: string };
  },
): EventBody {
  return {
    event: "run-start",
    planHash: plan.hash,
    engine: run.engine,
    resumed: run.resumed,
    stages: plan.stages.map(({ name, kind, tasks }) => ({ name, kind, tasks })),
    budget: { ...plan.budget },
    outputs: { ...run.outputs },
  };
}

export function warningsOf(plan: Plan): EventBody[] {
  return plan.warnings.map(({ code, message, step }) => ({
    event: "warning",
    code,
    message,
    ...(step === undefined ? {} : { step }),
  }));
}

/** An engine's event as a document; undefined where it says nothing that a reader could use. */
export function documentOf(event: RunEvent, plan: Plan): EventBody | undefined {
  const { stage } = event;
  const name = plan.stages[stage]?.name ?? "";
  switch (event.type) {
    case "stage":
      return { event: "stage-start", stage, name, tasks: event.tasks, done: event.done };
    case "batch":
      if (!event.batch) return undefined;
      return { event: "batch-end", stage, name, ...batchOf(event.batch), done: event.done, of: event.tasks };
    case "retry": {
      const { attempt, code, message, item } = event;
      const tasks: [number, number] = [item.start, item.end];
      return { event: "retry", stage, name, batch: item.batch, tasks, attempt, code, message };
    }
    case "damaged":
      return {
        event: "warning",
        code: "RECORD_DAMAGED",
        message: `${event.key} is not what was written: what it says was done is done again`,
      };
    case "stage-end":
      return { event: "stage-end", stage, ...event.report };
  }
}

function batchOf({ batch, start, end, seconds, bytesRead, bytesWritten, effort }: BatchDone) {
  const tasks: [number, number] = [start, end];
  const figures = { batch, tasks, seconds, bytesRead, bytesWritten };
  if (!effort) return figures;
  const { startedAt, worker, cacheHits, cacheMisses, decodedBytes, takenBytes, rss } = effort;
  return {
    ...figures,
    worker,
    startedAt: new Date(startedAt).toISOString(),
    cacheHits,
    cacheMisses,
    decodedBytes,
    takenBytes,
    memoryMiB: Math.ceil(rss / 2 ** 20),
  };
}

export function failureOf(error: LamellaError, runId: string): EventBody {
  const { stage, task } = error.details;
  const replay = replayCommand(runId, error.details);
  return {
    event: "failure",
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    ...(typeof stage === "number" ? { stage } : {}),
    ...(typeof task === "number" ? { task } : {}),
    ...(replay === undefined ? {} : { replay }),
  };
}
