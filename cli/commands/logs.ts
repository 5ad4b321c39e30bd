import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import { parseTime } from "../values.ts";
import type { DefineCommand } from "./index.ts";

export const defineLogs: DefineCommand = (program) => {
  const command = program
    .command("logs")
    .description(
      "what the functions of a run on AWS logged; of a run on this computer, its batches and how it ended",
    )
    .argument("<run>", "run id")
    .option("--follow", "go on until the run has ended; Ctrl-C ends it sooner")
    .option(
      "--since <time>",
      "from then on: 30m, 2h, 1d ago, or an ISO 8601 time; default: the run's beginning",
      parseTime,
    )
    .option("--until <time>", "up to then, likewise", parseTime);
  runPlaceOptions(command)
    .option("--json", "print one JSON document")
    .action(async (runId: string, flags) => {
      const [{ findRun }, { showLogs }] = await Promise.all([
        import("../find-run.ts"),
        import("../show-logs.ts"),
      ]);
      await showLogs(await findRun(runId, flags as RunPlace), flags);
    });
};
