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
      const [{ runFolderAt }, { watchRun }, { Progress }, { printReport }, { untilInterrupted }] =
        await Promise.all([
          import("../run-choice.ts"),
          import("../../shared/engine/watch.ts"),
          import("../progress/progress.ts"),
          import("../run-plan.ts"),
          import("../interrupt.ts"),
        ]);
      const folder = await runFolderAt(runId, flags);
      const carrier =
        flags.on === "aws"
          ? (await import("../../shared/engine/aws/carrier.ts")).executionOf(
              await (await import("../../shared/engine/aws/stack.ts")).findStack(flags.stack),
              folder,
            )
          : (await import("../../shared/engine/local/carrier.ts")).processOf(folder);
      const { on: onEvent } = new Progress(flags);
      printReport(await untilInterrupted((signal) => watchRun(folder, carrier, { onEvent, signal })), flags);
    });
};
