import type { DefineCommand } from "./index.ts";

export const defineCancel: DefineCommand = (program) => {
  program
    .command("cancel")
    .description("stops a run on this computer; what is done stays, and it can be resumed")
    .argument("<run>", "run id")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .action(async (runId: string, flags: { runs?: string; json?: boolean }) => {
      const [{ RunFolder }, { controlStore }, { cancelRun }, { untilInterrupted }] = await Promise.all([
        import("../../shared/engine/run-folder.ts"),
        import("../control-store.ts"),
        import("../../shared/engine/local/cancel.ts"),
        import("../interrupt.ts"),
      ]);
      const folder = new RunFolder(await controlStore(flags.runs), runId);
      const state = await untilInterrupted((signal) => cancelRun(folder, signal));
      if (flags.json) process.stdout.write(`${JSON.stringify(state)}\n`);
      else {
        process.stdout.write(`run ${runId}: ${state.status}\n`);
        process.stderr.write(`go on with: lamella resume ${runId}\n`);
      }
    });
};
