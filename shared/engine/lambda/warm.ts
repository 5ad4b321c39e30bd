import type { RunFolder } from "../run-folder.ts";
import { TaskThreads } from "./task-threads.ts";

/** What a warm function still has of the run that it worked for last: the plan's hash, and threads with their sessions. */
interface WarmRun {
  readonly planHash: string;
  readonly threads: TaskThreads;
}

let last: { readonly uri: string; readonly run: Promise<WarmRun> } | undefined;

/** The run's own threads; those of another run end first, so that a function holds the memory of one run. */
export async function warmRun(folder: RunFolder): Promise<WarmRun> {
  if (last?.uri !== folder.store.uri) {
    const before = last?.run.catch(() => undefined);
    const run = Promise.resolve(before).then(async (other) => {
      await other?.threads.stop();
      const plan = await folder.plan();
      return { planHash: plan.hash, threads: new TaskThreads(folder) };
    });
    last = { uri: folder.store.uri, run };
    run.catch(() => {
      last = undefined;
    });
  }
  return last.run;
}
