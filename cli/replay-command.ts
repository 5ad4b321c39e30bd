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

/** As a shell takes it. */
export function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
