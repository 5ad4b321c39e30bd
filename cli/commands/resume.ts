import { parsePositive } from "../values.ts";
import type { DefineCommand } from "./index.ts";

export const defineResume: DefineCommand = (program) => {
  program
    .command("resume")
    .description("goes on with a run that was interrupted or failed")
    .argument("<run>", "run id")
    .option("--workers <n>", "worker threads; default: as planned", parsePositive)
    .option("--verify", "compare the checksum of every object, not only its size")
    .option("--keep", "keep intermediates after success")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .action(async (runId: string, flags) => {
      const [{ RunFolder }, { controlStore }, { finishHere, printReport }] = await Promise.all([
        import("../../shared/engine/run-folder.ts"),
        import("../control-store.ts"),
        import("../run-plan.ts"),
      ]);
      const folder = new RunFolder(await controlStore(flags.runs), runId);
      const plan = await folder.plan();
      printReport(await finishHere(folder, plan, flags), flags);
    });
};
