import { quoted } from "../shared/shell-quote.ts";

/**
 * The command that carries the task of a failure out alone; undefined where the failure is not one of a task. `place` are the options
 * that find the run.
 */
export function replayCommand(
  runId: string,
  { stageName, task }: { readonly [detail: string]: unknown },
  place = "",
): string | undefined {
  if (typeof stageName !== "string" || typeof task !== "number") return undefined;
  return `lamella replay ${runId} ${quoted(`${stageName}:${task}`)}${place === "" ? "" : ` ${place}`}`;
}
