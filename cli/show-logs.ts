import type { LogEvent } from "../shared/engine/aws/logs.ts";
import type { FoundRun } from "../shared/engine/life.ts";
import { NO_PLAN } from "../shared/engine/run.ts";
import { logOfFolder } from "../shared/engine/run-log.ts";
import { checkFlags } from "./flag-rules.ts";
import { formatBytes, formatSeconds } from "./format.ts";
import { untilInterrupted } from "./interrupt.ts";

export interface LogFlags {
  readonly follow?: boolean;
  readonly since?: Date;
  readonly until?: Date;
  readonly json?: boolean;
}

/** Functions log until their run has ended, and those that were at work then a while longer. */
const BEFORE_MS = 60_000;

export async function showLogs({ folder, stack }: FoundRun, flags: LogFlags): Promise<void> {
  const state = await folder.state();
  if (!stack) return showFolder({ folder }, flags);
  const { logsOfRun } = await import("../shared/engine/aws/logs.ts");
  const since = flags.since ?? new Date(Date.parse(state.createdAt) - BEFORE_MS);
  const { until, follow } = flags;
  const kept: LogEvent[] = [];
  await untilInterrupted(async (signal) => {
    const options = { since, signal, ...(until ? { until } : {}), ...(follow ? { follow } : {}) };
    for await (const event of logsOfRun(folder, stack, options)) {
      if (flags.json) kept.push(event);
      else process.stdout.write(`${event.time} ${readable(event.message)}\n`);
    }
  });
  if (flags.json) process.stdout.write(`${JSON.stringify(kept)}\n`);
}

/** What every line of one run has in common, or its time says. */
const LEFT_OUT = new Set([
  "level",
  "message",
  "timestamp",
  "time",
  "_aws",
  "service",
  "runId",
  "sampling_rate",
  "cold_start",
]);

/** A structured line as a person reads it: level, message, and what else it says; any other line as it is. */
function readable(line: string): string {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry !== "object" || entry === null || !("message" in entry)) return line;
  const { level = "", message } = entry as { level?: unknown; message: unknown };
  const rest = Object.entries(entry)
    .filter(([name, value]) => !LEFT_OUT.has(name) && !/^(function_|xray_)/.test(name) && value !== "")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [String(level), String(message), ...rest].filter((part) => part !== "").join(" ");
}

/** A run on this computer writes no log: its receipts and its state tell what there is. */
async function showFolder({ folder }: Pick<FoundRun, "folder">, flags: LogFlags): Promise<void> {
  const hint = `\`lamella watch ${folder.runId}\` follows a run on this computer.`;
  checkFlags(
    flags,
    ["follow", "since", "until"].map((flag) => ({ flag, needs: "on aws", hint })),
  );
  const state = await folder.state();
  const batches = [];
  if (state.planHash !== NO_PLAN) {
    for await (const line of logOfFolder(folder, await folder.plan())) {
      if (flags.json) batches.push(line);
      else {
        const tasks =
          line.end - line.start === 1 ? `task ${line.start}` : `tasks ${line.start}-${line.end - 1}`;
        process.stdout.write(
          `${line.stage}: batch ${line.batch}, ${tasks}: ${formatSeconds(line.seconds)}, ` +
            `read ${formatBytes(line.bytesRead)}, wrote ${formatBytes(line.bytesWritten)}\n`,
        );
      }
    }
  }
  const { status, failure, updatedAt } = state;
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ status, updatedAt, ...(failure ? { failure } : {}), batches })}\n`,
    );
    return;
  }
  process.stdout.write(
    `${updatedAt} ${status}${failure ? ` error[${failure.code}]: ${failure.message}` : ""}\n`,
  );
}
