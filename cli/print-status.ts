import type { RunView } from "../shared/engine/run.ts";
import type { LamellaError } from "../shared/errors.ts";
import { table } from "./format.ts";
import { replayCommand } from "./replay-command.ts";

/** How far a run is. `gone` is why its carrier can't end it any more, where it hasn't said so itself. */
export function printStatus(view: RunView, gone: LamellaError | undefined): void {
  const why = gone?.code === "WORKER_DIED" && view.process ? "its process is gone" : gone?.message;
  const stopped = gone ? `stopped: ${why}` : view.status;
  const lines = [`run ${view.runId}: ${stopped}, since ${view.createdAt}`];
  const rows = view.stages.map((s) => [s.name, s.kind, String(s.done), String(s.tasks)]);
  if (rows.length > 0) lines.push(table([["stage", "kind", "done", "tasks"], ...rows], [2, 3]));
  for (const [name, uri] of Object.entries(view.outputs)) lines.push(`output ${name}: ${uri}`);
  if (view.failure) {
    lines.push(`error[${view.failure.code}]: ${view.failure.message}`);
    if (view.failure.hint) lines.push(`hint: ${view.failure.hint}`);
    const { stage, task } = view.failure;
    const stageName = stage === undefined ? undefined : view.stages[stage]?.name;
    const replay = replayCommand(view.runId, { stageName, task });
    if (replay) lines.push(`that task alone: ${replay}`);
  }
  const resumable = gone !== undefined || view.status === "failed" || view.status === "cancelled";
  if (resumable && view.stages.length > 0) lines.push(`go on with: lamella resume ${view.runId}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}
