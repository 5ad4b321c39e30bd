import type { DefineCommand } from "./index.ts";

export const defineClean: DefineCommand = (program) => {
  program
    .command("clean")
    .description("removes what is kept of runs on this computer, and unfinished outputs; finished ones stay")
    .argument("<run...>", "run ids")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .action(async (runIds: string[], flags: { runs?: string; json?: boolean }) => {
      const [{ RunFolder }, { controlStore }, { cleanRun }] = await Promise.all([
        import("../../shared/engine/run-folder.ts"),
        import("../control-store.ts"),
        import("../../shared/engine/local/clean.ts"),
      ]);
      const control = await controlStore(flags.runs);
      const reports = [];
      for (const runId of runIds) {
        const report = await cleanRun(new RunFolder(control, runId));
        reports.push(report);
        if (flags.json) continue;
        for (const output of report.outputs) process.stdout.write(`removed unfinished ${output}\n`);
        process.stdout.write(`removed run ${runId}: ${report.objects} files\n`);
      }
      if (flags.json) process.stdout.write(`${JSON.stringify(reports)}\n`);
    });
};
