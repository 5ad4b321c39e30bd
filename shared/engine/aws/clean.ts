import { LamellaError } from "../../errors.ts";
import { openStore } from "../../storage/uri.ts";
import { type CleanReport, cleanRun } from "../local/clean.ts";
import type { RunFolder, RunState } from "../run-folder.ts";
import { writersOf } from "./at-work.ts";
import { executionsOf } from "./execution.ts";
import { requireNoExecution } from "./resume.ts";
import type { DeployedStack } from "./stack.ts";

/** As `cleanRun`; what the maps of the run's executions wrote goes too. */
export async function cleanOnAws(folder: RunFolder, stack: DeployedStack): Promise<CleanReport> {
  // What a command left that was killed before the run had a state has no execution either.
  const state = (await folder.store.head("state.json")) ? await folder.state() : undefined;
  await requireIdle(folder, stack, state);
  const executions = state ? executionsOf(state) : [];
  const control = await openStore(`s3://${stack.controlBucket}`);
  let objects = 0;
  for (const execution of executions) {
    for await (const { key } of control.list(`maps/${execution}/`)) {
      await control.delete(key);
      objects++;
    }
  }
  const report = await cleanRun(folder);
  return { ...report, objects: report.objects + objects };
}

/** Throws RUN_ACTIVE while a run on AWS is carried out, or a function of it may still write. */
async function requireIdle(
  folder: RunFolder,
  stack: DeployedStack,
  state: RunState | undefined,
): Promise<void> {
  if (state?.engine === "aws") await requireNoExecution(folder, stack);
  const writers = await writersOf(folder);
  if (!writers) return;
  const { runId } = folder;
  const until = writers.until.toISOString();
  throw new LamellaError(
    "RUN_ACTIVE",
    `${writers.count} of run ${runId}'s functions may be at work until ${until}`,
    {
      hint:
        state?.status === "failed" || state?.status === "succeeded"
          ? "Clean it after that time."
          : `\`lamella cancel ${runId}\` waits for them; else clean it after that time.`,
      details: { runId, functions: writers.count, until },
    },
  );
}
