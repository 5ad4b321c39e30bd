import { setTimeout } from "node:timers/promises";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { RunFolder } from "../run-folder.ts";
import { awsError } from "./errors.ts";
import { functionLogGroups } from "./log-groups.ts";
import type { DeployedStack } from "./stack.ts";

/** Milliseconds between two requests: CloudWatch answers five searches a second for a whole account. */
const PACE_MS = 300;
/** Between two sweeps over the log groups while a run is followed. */
const SWEEP_MS = 3_000;
/** Events come late, and out of order, by about as much. */
const LATE_MS = 30_000;
/** What a function says after its run has ended is looked for this long. */
const AFTER_MS = 10_000;

export interface LogEvent {
  /** When it was said, ISO 8601. */
  readonly time: string;
  readonly group: string;
  readonly message: string;
}

export interface LogOptions {
  readonly since: Date;
  /** Absent: until now, or with `follow` until the run has ended. */
  readonly until?: Date;
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

type Sdk = typeof import("@aws-sdk/client-cloudwatch-logs");

/**
 * What the functions of a stack logged about a run, in the order of time: the events that name the run. With `follow` it goes on until
 * the run has ended, or `signal` aborts. Needs logs:FilterLogEvents. Throws ACCESS_DENIED, NO_CREDENTIALS, STACK_NOT_FOUND.
 */
export async function* logsOfRun(
  folder: RunFolder,
  stack: DeployedStack,
  options: LogOptions,
): AsyncGenerator<LogEvent> {
  const groups = await functionLogGroups(stack);
  const sdk = await import("@aws-sdk/client-cloudwatch-logs");
  const client = new sdk.CloudWatchLogsClient({ maxAttempts: 10, retryMode: "adaptive" });
  const seen = new Set<string>();
  let from = options.since.getTime();
  let endedAt: number | undefined;
  try {
    for (;;) {
      const swept = Date.now();
      const found: (LogEvent & { readonly id: string })[] = [];
      for (const group of groups)
        found.push(...(await search(sdk, client, group, folder.runId, from, options.until?.getTime())));
      found.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
      for (const { id, ...event } of found) {
        if (seen.has(id)) continue;
        seen.add(id);
        yield event;
      }
      if (!options.follow || options.signal?.aborted) return;
      if (options.until && options.until.getTime() < swept - LATE_MS) return;
      from = Math.max(from, swept - LATE_MS);
      const { status } = await folder.state();
      if (status !== "running" && status !== "planned") endedAt ??= swept;
      if (endedAt !== undefined && swept - endedAt > AFTER_MS) return;
      if (!(await paused(SWEEP_MS, options.signal))) return;
    }
  } finally {
    client.destroy();
  }
}

async function search(
  sdk: Sdk,
  client: CloudWatchLogsClient,
  group: string,
  runId: string,
  startTime: number,
  endTime: number | undefined,
): Promise<(LogEvent & { readonly id: string })[]> {
  const found = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await client.send(
        new sdk.FilterLogEventsCommand({
          logGroupName: group,
          filterPattern: `"${runId}"`,
          startTime,
          ...(endTime === undefined ? {} : { endTime }),
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      for (const { eventId, timestamp = 0, message = "" } of page.events ?? []) {
        const time = new Date(timestamp).toISOString();
        const id = eventId ?? `${group} ${time} ${message}`;
        if (message.includes(runId)) found.push({ id, time, group, message: message.trimEnd() });
      }
      nextToken = page.nextToken;
      await setTimeout(PACE_MS);
    } while (nextToken !== undefined);
  } catch (thrown) {
    // a group that nobody has written to, or that went with an earlier deployment
    if (thrown instanceof sdk.ResourceNotFoundException) return [];
    throw awsError(thrown, `reading the log group ${group}`);
  }
  return found;
}

/** False where the pause was cut short. */
async function paused(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await setTimeout(ms, undefined, signal ? { signal } : {});
    return true;
  } catch {
    return false;
  }
}
