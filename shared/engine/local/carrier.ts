import { LamellaError } from "../../errors.ts";
import type { RunFolder } from "../run-folder.ts";
import type { Carrier } from "../watch.ts";
import { isAlive } from "./run-process.ts";

const INTERVAL = 2_000;

/** The process that carries a run out on this computer. */
export function processOf(folder: RunFolder): Carrier {
  const { runId } = folder;
  return {
    interval: INTERVAL,
    look: `lamella status ${runId}`,
    async gone() {
      const { process, status } = await folder.state();
      if (status !== "running" || !process || isAlive(process) !== false) return undefined;
      return new LamellaError(
        "WORKER_DIED",
        `process ${process.pid}, which carried run ${runId} out, is gone`,
        {
          hint: `Go on with \`lamella resume ${runId}\`: what is finished is not done again.`,
          details: { runId },
        },
      );
    },
  };
}
