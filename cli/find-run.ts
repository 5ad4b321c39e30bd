import type { DeployedStack } from "../shared/engine/aws/stack.ts";
import type { FoundRun } from "../shared/engine/life.ts";
import { RunFolder } from "../shared/engine/run-folder.ts";
import { isLamellaError, LamellaError } from "../shared/errors.ts";
import { openStore } from "../shared/storage/uri.ts";
import { controlStore } from "./control-store.ts";
import type { RunPlace } from "./run-choice.ts";

/**
 * A run by its id, here or on a deployed stack. Without a word on where, it is looked for here first, and AWS is asked for those alone
 * that aren't. Throws RUN_NOT_FOUND.
 */
export async function findRun(runId: string, place: RunPlace): Promise<FoundRun> {
  if (place.runs !== undefined && place.stack !== undefined) {
    throw new LamellaError("INVALID_ARGUMENT", "--runs does not go with --stack", {
      hint: "A run is kept in a folder here, or in a stack's control bucket.",
    });
  }
  const on =
    place.on ?? (place.runs === undefined ? (place.stack === undefined ? undefined : "aws") : "local");
  if (on === "aws") return onStack(runId, place.stack);
  const here = new RunFolder(await controlStore(place.runs), runId);
  if (on === "local" || (await here.store.head("state.json"))) return { folder: here };
  let found: FoundRun;
  try {
    found = await onStack(runId, place.stack);
    if (await found.folder.store.head("state.json")) return found;
  } catch (error) {
    if (!isLamellaError(error)) throw error;
    throw notFound(runId, `; on AWS it could not be looked for (${error.code}: ${error.message})`);
  }
  throw notFound(runId, `, nor in ${found.folder.store.uri}`);
}

async function onStack(runId: string, name: string | undefined): Promise<FoundRun> {
  const stack = await deployedStack(name);
  return { folder: new RunFolder(await openStore(`s3://${stack.controlBucket}`), runId), stack };
}

/** The deployed stack that the options name. The AWS SDK is loaded when it is asked for. */
export async function deployedStack(name: string | undefined): Promise<DeployedStack> {
  return (await import("../shared/engine/aws/stack.ts")).findStack(name);
}

function notFound(runId: string, further: string): LamellaError {
  return new LamellaError("RUN_NOT_FOUND", `there is no run ${runId} on this computer${further}`, {
    hint: "`lamella runs` and `lamella runs --on aws` list the runs; --runs DIR and --stack NAME say where else to look.",
    details: { runId },
  });
}
