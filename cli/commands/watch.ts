import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineWatch: DefineCommand = (program) => {
  const command = program
    .command("watch")
    .description("follows a run to its end, and ends as it does; Ctrl-C ends the watching alone")
    .argument("<run>", "run id");
  runPlaceOptions(command)
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .action(async (runId: string, flags: RunPlace & { json?: boolean; quiet?: boolean }) => {
      const [{ findRun }, { carrierOf }, { watchRun }, { Progress }, { printReport }, { untilInterrupted }] =
        await Promise.all([
          import("../find-run.ts"),
          import("../../shared/engine/life.ts"),
          import("../../shared/engine/watch.ts"),
          import("../progress/progress.ts"),
          import("../run-plan.ts"),
          import("../interrupt.ts"),
        ]);
      const found = await findRun(runId, flags);
      const carrier = await carrierOf(found);
      const progress = new Progress(flags);
      const options = { onEvent: progress.on };
      const report = await untilInterrupted((signal) =>
        watchRun(found.folder, carrier, { ...options, signal }),
      ).finally(() => progress.close());
      printReport(report, flags);
    });
};
