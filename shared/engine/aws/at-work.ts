import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { LamellaError } from "../../errors.ts";
import { AWS_FACTS } from "../../plan/aws-facts.ts";
import type { RunFolder } from "../run-folder.ts";

/**
 * Functions can't be stopped from outside once they are invoked, and Step Functions doesn't tell of those whose execution was stopped.
 * So each leaves a marker in the run's folder while it works, `working/<what>-<id>.json`, with the time by which Lambda will have ended
 * it; an empty one has ended. It marks first and looks for the cancel marker then, and who cancels does it the other way round: with a
 * store that is consistent one of them sees the other.
 */
const FOLDER = "working/";
/** Clocks of functions and of this computer may differ by as much; S3 refuses those that differ by more than fifteen minutes. */
const CLOCKS_DIFFER_MS = 60_000;
/** The longest that a function runs. */
export const FUNCTION_MS = 1000 * AWS_FACTS.lambda.timeoutSeconds;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

interface Marker {
  readonly until: string;
}

/** Does a function's work on a run under a marker. Throws CANCELLED, before anything is done, where the run was cancelled. */
export async function atWork<T>(
  folder: RunFolder,
  what: string,
  remainingMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const key = `${FOLDER}${what}-${randomUUID()}.json`;
  const marker: Marker = { until: new Date(Date.now() + remainingMs).toISOString() };
  await folder.store.put(key, new TextEncoder().encode(JSON.stringify(marker)));
  try {
    if (await folder.isCancelled()) throw cancelled(folder.runId);
    return await work();
  } finally {
    // one that stays says until when it holds
    await folder.store.put(key, new Uint8Array()).catch(() => {});
  }
}

export function cancelled(runId: string): LamellaError {
  return new LamellaError("CANCELLED", `run ${runId} was cancelled`, {
    hint: `Go on with \`lamella resume ${runId}\`, or remove it with \`lamella clean ${runId}\`.`,
    details: { runId },
  });
}

/** Functions that may still write for a run, and when the last of them has ended at the latest. */
export interface Writers {
  readonly count: number;
  readonly until: Date;
}

/** Who may still be at work for a run; undefined where nobody is. */
export async function writersOf(folder: RunFolder): Promise<Writers | undefined> {
  let count = 0;
  let until = 0;
  for await (const { key, size } of folder.store.list(FOLDER)) {
    if (size === 0) continue;
    const marker = await folder.json<Marker>(key).catch(() => undefined);
    const end = Date.parse(marker?.until ?? "") + CLOCKS_DIFFER_MS;
    if (!(end > Date.now())) continue;
    count++;
    until = Math.max(until, end);
  }
  return count === 0 ? undefined : { count, until: new Date(until) };
}

/**
 * Waits until no function can write for a run any more; `onWait` is told of those that still may. Throws INTERRUPTED when `signal`
 * ends the waiting.
 */
export async function untilNoneAtWork(
  folder: RunFolder,
  signal?: AbortSignal,
  onWait?: (writers: Writers) => void,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const writers = await writersOf(folder);
    if (!writers) return;
    onWait?.(writers);
    try {
      await setTimeout(pause, undefined, signal ? { signal } : {});
    } catch {
      throw noLongerWaiting(folder.runId);
    }
  }
}

export function noLongerWaiting(runId: string): LamellaError {
  return new LamellaError("INTERRUPTED", `no longer waiting for run ${runId}, which stops`, {
    hint: `\`lamella cancel ${runId}\` waits again.`,
    details: { runId },
  });
}
