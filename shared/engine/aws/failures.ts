import { errorFromJson, isLamellaError, LamellaError, toLamellaError } from "../../errors.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { tasksAtWork } from "../lambda/checkpoint.ts";
import { escalationsOf } from "../lambda/escalations.ts";
import type { BatchEvent } from "../protocol.ts";
import { receiptKey } from "../receipts.ts";
import { failRun, NO_PLAN } from "../run.ts";
import { RunFolder } from "../run-folder.ts";
import { LOST_WORKERS } from "./lost-workers.ts";

/** How a state of the state machine failed: its error's name, and the function's answer as Step Functions quotes it. */
export interface StateFailure {
  readonly Error?: string | undefined;
  readonly Cause?: string | undefined;
}

/** Leaves a batch's failure in its run's folder: `failures/<stage>/<batch>.json`. Never throws. */
export async function recordFailure(control: ObjectStore, event: BatchEvent, thrown: unknown): Promise<void> {
  const { start, end } = event;
  const document = { ...toLamellaError(thrown).toJSON(), at: Date.now(), start, end };
  const bytes = new TextEncoder().encode(`${JSON.stringify(document, null, 1)}\n`);
  try {
    await control.put(`runs/${event.runId}/failures/${event.stage}/${event.batch}.json`, bytes);
  } catch (error) {
    // the failure itself is what the caller must hear of
    console.error(error);
  }
}

/** Leaves the failure of a batch whose function died on every tier: no function was left to say so itself. */
export async function recordLoss(
  control: ObjectStore,
  event: BatchEvent,
  failure: StateFailure,
): Promise<{ readonly error: string }> {
  const lost = await lossOf(new RunFolder(control, event.runId), event, errorOfState(failure));
  await recordFailure(control, event, lost);
  return { error: lost.code };
}

/** Why a batch was lost, with the task that was at work as its function died, where that is known: `replay` does it again. */
export async function lossOf(
  folder: RunFolder,
  event: BatchEvent,
  { code, message, hint, details, cause }: LamellaError,
): Promise<LamellaError> {
  const tiers = escalationsOf(event.lost).map(({ tierMB }) => `${tierMB} MB`);
  const own = details["task"];
  const atWork =
    typeof own === "number" ? [own] : await tasksAtWork(folder, event).catch((): readonly number[] => []);
  return new LamellaError(
    code,
    `stage ${event.stage}, ${phrase(event, atWork)}: ${message}${tiers.length > 0 ? `, after functions of ${tiers.join(", ")} had died of it too` : ""}`,
    {
      ...(hint ? { hint } : {}),
      details: {
        ...details,
        stage: event.stage,
        task: atWork[0] ?? event.start,
        ...(atWork.length > 1 ? { tasks: [...atWork] } : {}),
      },
      cause,
    },
  );
}

function phrase({ start, end }: BatchEvent, atWork: readonly number[]): string {
  if (atWork.length > 0) return `task ${atWork.join(" or ")}`;
  return end - start > 1 ? `one of the tasks ${start} to ${end - 1}` : `task ${start}`;
}

/**
 * Ends a run as failed, with the reason that its own batch gave rather than the Map Run's summary of it. The answer is
 * for the Fail state. A run that failed before it had a folder is answered alike.
 */
export async function endInFailure(
  control: ObjectStore,
  runId: string,
  state: {
    readonly stage?: number | undefined;
    readonly failure: StateFailure;
    /** When the execution began that ends now. */
    readonly startedAt?: string;
  },
): Promise<{
  readonly error: LamellaError;
  readonly answer: { readonly error: string; readonly cause: string };
}> {
  const since = Date.parse(state.startedAt ?? "") || 0;
  const recorded =
    state.stage === undefined ? undefined : await findFailure(control, runId, state.stage, since);
  const error = recorded ?? errorOfState(state.failure);
  const answer = { error: error.code, cause: describe(error, runId) };
  const { task } = error.details;
  try {
    await failRun(control, runId, {
      error: error.code,
      cause: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(state.stage === undefined ? {} : { stage: state.stage }),
      ...(typeof task === "number" ? { task } : {}),
    });
  } catch (thrown) {
    if (!isLamellaError(thrown) || thrown.code !== "RUN_NOT_FOUND") throw thrown;
    await keepFailure(control, runId, error);
  }
  return { error, answer };
}

/** A run that failed before it had a plan is listed and shown like any other. */
async function keepFailure(control: ObjectStore, runId: string, error: LamellaError): Promise<void> {
  const at = new Date().toISOString();
  await new RunFolder(control, runId).writeState({
    runId,
    status: error.code === "CANCELLED" ? "cancelled" : "failed",
    engine: "aws",
    createdAt: at,
    updatedAt: at,
    outputs: {},
    planHash: NO_PLAN,
    failure: {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    },
  });
}

/**
 * The failure that a batch of the stage left since a time (Unix, in milliseconds); one that another attempt could not have mended where
 * there are several. Those of earlier executions of the run tell nothing of this one.
 */
async function findFailure(
  control: ObjectStore,
  runId: string,
  stage: number,
  since: number,
): Promise<LamellaError | undefined> {
  let found: LamellaError | undefined;
  for await (const { key } of control.list(`runs/${runId}/failures/${stage}/`)) {
    // A batch that failed and was done on another attempt is not why the run ended.
    const batch = Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);
    if (await control.head(`runs/${runId}/${receiptKey(stage, batch)}`)) continue;
    const bytes = await control.get(key);
    if (!bytes) continue;
    const document = JSON.parse(Buffer.from(bytes).toString("utf8")) as { at?: number };
    if ((document.at ?? since) < since) continue;
    const error = errorFromJson(document as never);
    if (error.code !== "STORAGE_FAILED") return error;
    found ??= error;
  }
  return found;
}

/** A state's failure as a coded error: ours where the function raised one, else what the service calls it. */
export function errorOfState({ Error: name = "RUN_FAILED", Cause: cause = "" }: StateFailure): LamellaError {
  const message = messageOf(cause);
  const ours = parsedObject(message);
  if (typeof ours?.["code"] === "string" && typeof ours["message"] === "string") {
    return errorFromJson(ours as { code: string; message: string });
  }
  const lost = LOST_WORKERS.includes(name);
  return new LamellaError(
    lost ? "WORKER_DIED" : "RUN_FAILED",
    `${name}: ${message === "" ? "no cause given" : message}`,
    {
      hint: lost
        ? "The function ran out of memory or time: its log has the last words; a lower memory budget makes smaller tasks."
        : "The execution's history in the Step Functions console has the details.",
      details: { error: name },
    },
  );
}

/** Lambda's answer to a thrown error is JSON with `errorMessage`. */
function messageOf(cause: string): string {
  const message = parsedObject(cause)?.["errorMessage"];
  return typeof message === "string" ? message : cause;
}

function parsedObject(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

/** What was wrong, where, and what to do, within the 32,768 characters that a cause may have. */
function describe(error: LamellaError, runId: string): string {
  const { stageName, task } = error.details;
  const where = [`run ${runId}`];
  if (typeof stageName === "string") where.push(`stage ${stageName}`);
  if (typeof task === "number") where.push(`task ${task}`);
  const hint = error.hint === undefined ? "" : ` ${error.hint}`;
  return `${error.code}: ${error.message} (${where.join(", ")}).${hint}`.slice(0, 30_000);
}
