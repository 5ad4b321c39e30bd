import { isLamellaError } from "../errors.ts";
import { writersOf } from "./aws/at-work.ts";
import { isAlive } from "./local/run-process.ts";
import type { RunFolder, RunState } from "./run-folder.ts";

/** That somebody may still write for a run which has lost its outputs to another; until when at the latest, where that is known. */
export interface LateWriters {
  readonly until?: Date;
}

const ENDED: readonly RunState["status"][] = ["succeeded", "failed", "cancelled"];

/**
 * Who may still write for a run that is kept beside ours, asked once its outputs' claims name another: what it begins from then on sees that first, and
 * stops. Undefined where nobody can: its process is gone, and its functions have ended.
 */
export async function lateWritersOf(ours: RunFolder, runId: string): Promise<LateWriters | undefined> {
  let folder: RunFolder;
  let state: RunState;
  try {
    folder = ours.beside(runId);
    state = await folder.state();
  } catch (error) {
    // It is kept elsewhere, or isn't any more, or its state is damaged: nobody knows.
    if (isLamellaError(error) && ["RUN_NOT_FOUND", "PLAN_INVALID"].includes(error.code)) return {};
    throw error;
  }
  const { engine, status, process } = state;
  if (engine !== "aws" && !ENDED.includes(status) && !(process && isAlive(process) === false)) return {};
  return engine === "local" ? undefined : writersOf(folder);
}
