import { LamellaError } from "../../errors.ts";
import { openStore } from "../../storage/uri.ts";
import { type CleanReport, cleanRun } from "../local/clean.ts";
import type { RunFolder } from "../run-folder.ts";
import { writersOf } from "./at-work.ts";
import { executionsOf } from "./execution.ts";
import { requireNoExecution } from "./resume.ts";
import type { DeployedStack } from "./stack.ts";

/** As `cleanRun`; what the maps of the run's executions wrote goes too. */
export async function cleanOnAws(folder: RunFolder, stack: DeployedStack): Promise<CleanReport> {
  await requireIdle(folder, stack);
  const executions = executionsOf(await folder.state());
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
async function requireIdle(folder: RunFolder, stack: DeployedStack): Promise<void> {
  const { engine, status } = await folder.state();
  if (engine === "aws") await requireNoExecution(folder, stack);
  const writers = await writersOf(folder);
  if (!writers) return;
  const { runId } = folder;
  const until = writers.until.toISOString();
  throw new LamellaError(
    "RUN_ACTIVE",
    `${writers.count} of run ${runId}'s functions may be at work until ${until}`,
    {
      hint:
        status === "failed" || status === "succeeded"
          ? "Clean it after that time."
          : `\`lamella cancel ${runId}\` waits for them; else clean it after that time.`,
      details: { runId, functions: writers.count, until },
    },
  );
}
