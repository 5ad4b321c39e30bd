import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineClean: DefineCommand = (program) => {
  const command = program
    .command("clean")
    .description("removes what is kept of runs, and unfinished outputs; finished ones stay")
    .argument("<run...>", "run ids");
  runPlaceOptions(command)
    .option("--json", "print one JSON document")
    .action(async (runIds: string[], flags: RunPlace & { json?: boolean }) => {
      const [{ findRun }, { removeRun }] = await Promise.all([
        import("../find-run.ts"),
        import("../../shared/engine/life.ts"),
      ]);
      const reports = [];
      for (const runId of runIds) {
        const report = await removeRun(await findRun(runId, flags));
        reports.push(report);
        if (flags.json) continue;
        for (const output of report.outputs) process.stdout.write(`removed unfinished ${output}\n`);
        process.stdout.write(`removed run ${runId}: ${report.objects} files\n`);
      }
      if (flags.json) process.stdout.write(`${JSON.stringify(reports)}\n`);
    });
};
