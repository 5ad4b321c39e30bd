import { type LamellaError, toLamellaError } from "../errors.ts";
import type { BatchItem } from "./protocol.ts";
import type { RunFolder } from "./run-folder.ts";

/** A batch that failed, or an attempt at it: `failures/<stage>/<batch>.json`, as the functions on AWS leave it too. */
export interface FailedBatch {
  readonly stage: number;
  readonly batch: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details: { readonly [name: string]: unknown };
  /** Unix time in milliseconds. */
  readonly at?: number;
  readonly start?: number;
  readonly end?: number;
}

/** Leaves a failure in the run's folder. Never throws: the failure itself is what matters. */
export async function noteFailedBatch(
  folder: RunFolder,
  stage: number,
  item: BatchItem,
  thrown: unknown,
  attempt?: number,
): Promise<void> {
  const error = toLamellaError(thrown);
  // Stopped on request: nothing failed.
  if (error.code === "CANCELLED" || error.code === "INTERRUPTED") return;
  const document = { ...error.toJSON(), at: Date.now(), start: item.start, end: item.end };
  const key = `failures/${stage}/${item.batch}${attempt === undefined ? "" : `-${attempt}`}.json`;
  try {
    await folder.store.put(key, new TextEncoder().encode(`${JSON.stringify(document, null, 1)}\n`));
  } catch {
    // The run's state says it as well.
  }
}

/** What failed in a run, retried or not, at most `most` of each stage. */
export async function readFailedBatches(folder: RunFolder, most: number): Promise<FailedBatch[]> {
  const found: FailedBatch[] = [];
  const counts = new Map<number, number>();
  for await (const { key } of folder.store.list("failures/")) {
    const [stage, batch] = key
      .split("/")
      .slice(-2)
      .map((part) => Number.parseInt(part, 10));
    const count = (counts.get(stage!) ?? 0) + 1;
    counts.set(stage!, count);
    if (count > most || !Number.isInteger(stage) || !Number.isInteger(batch)) continue;
    const error = await folder
      .json<ReturnType<LamellaError["toJSON"]> & Pick<FailedBatch, "at" | "start" | "end">>(key)
      .catch(() => undefined);
    if (typeof error?.code !== "string") continue;
    const { hint, details, ...rest } = error;
    found.push({
      ...rest,
      stage: stage!,
      batch: batch!,
      ...(hint ? { hint } : {}),
      details: (details ?? {}) as FailedBatch["details"],
    });
  }
  return found;
}
