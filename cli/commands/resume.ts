import { observeOptions } from "../observe/options.ts";
import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import { parsePositive } from "../values.ts";
import type { DefineCommand } from "./index.ts";

export const defineResume: DefineCommand = (program) => {
  const command = program
    .command("resume")
    .description("goes on with a run that was interrupted or failed, on the engine that it was begun on")
    .argument("<run>", "run id")
    .option("--workers <n>", "of a run here: worker threads; default: as planned", parsePositive)
    .option("--verify", "compare the checksum of every object, not only its size")
    .option("--keep", "keep intermediates after success")
    .option("--detach", "of a run under the state machine: return as soon as it goes on");
  runPlaceOptions(observeOptions(command))
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .action(async (runId: string, flags) => {
      const [{ findRun }, { resumeRun }] = await Promise.all([
        import("../find-run.ts"),
        import("../resume-run.ts"),
      ]);
      await resumeRun(await findRun(runId, flags as RunPlace), flags);
    });
};
