import type { BatchEvent, BatchResult } from "../../shared/engine/protocol.ts";
import { type Fields, log } from "./log.ts";

/** Where CloudWatch keeps them, by `Stack` and by `Stack` with `Function` (run-tasks, reduce or pyramid). */
export const NAMESPACE = "Lamella";

const METRICS = {
  BytesRead: "Bytes",
  BytesWritten: "Bytes",
  BatchSeconds: "Seconds",
  Tasks: "Count",
  /** Invocations that were another attempt, after a throttle or a fault. */
  Retries: "Count",
  /** Functions that died of a batch which this one finished. */
  Escalations: "Count",
  /** Invocations whose time was up before their batch was done. */
  HandBacks: "Count",
} as const;

/** Logs a batch with its metrics in CloudWatch's embedded format: no request and no right more than the log itself. */
export function logBatch(event: BatchEvent, result: BatchResult): void {
  const outcome = result.outcome ?? "done";
  const values = {
    BytesRead: result.bytesRead,
    BytesWritten: result.bytesWritten,
    BatchSeconds: result.seconds,
    Tasks: result.tasks,
    Retries: event.retry ? 1 : 0,
    Escalations: outcome === "done" ? (event.lost ?? "").split(" ").filter(Boolean).length : 0,
    HandBacks: outcome === "done" ? 0 : 1,
  } satisfies Record<keyof typeof METRICS, number>;
  log("INFO", "batch", { ...embedded(), ...values, outcome, start: event.start, end: event.end });
}

function embedded(): Fields {
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [["Stack"], ["Stack", "Function"]],
          Metrics: Object.entries(METRICS).map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    Stack: process.env["STACK_NAME"] ?? "Lamella",
    Function: process.env["FUNCTION_KIND"] ?? "run-tasks",
  };
}
