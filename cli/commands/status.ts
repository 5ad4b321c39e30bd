import type { DefineCommand } from "./index.ts";

export const defineStatus: DefineCommand = (program) => {
  program
    .command("status")
    .description("how far a run is, from its receipts")
    .argument("<run>", "run id")
    .option("--on <engine>", "local or aws: where the run's folder is", "local")
    .option("--stack <name>", "with --on aws: the deployed stack")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .action(async (runId: string, flags: { on: string; stack?: string; runs?: string; json?: boolean }) => {
      const [{ readRunState }, { controlStore }, { table }] = await Promise.all([
        import("../../shared/engine/run.ts"),
        import("../control-store.ts"),
        import("../format.ts"),
      ]);
      const control =
        flags.on === "aws"
          ? await (await import("../run-on-aws.ts")).awsControlStore(flags.stack)
          : await controlStore(flags.runs);
      const view = await readRunState(control, runId);
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(view)}\n`);
        return;
      }
      const { isAlive } = await import("../../shared/engine/local/run-process.ts");
      const stopped = view.status === "running" && view.process && isAlive(view.process) === false;
      const lines = [
        `run ${view.runId}: ${stopped ? "stopped: its process is gone" : view.status}, since ${view.createdAt}`,
      ];
      lines.push(
        table(
          [
            ["stage", "kind", "done", "tasks"],
            ...view.stages.map((s) => [s.name, s.kind, String(s.done), String(s.tasks)]),
          ],
          [2, 3],
        ),
      );
      for (const [name, uri] of Object.entries(view.outputs)) lines.push(`output ${name}: ${uri}`);
      if (view.failure) {
        lines.push(`error[${view.failure.code}]: ${view.failure.message}`);
        if (view.failure.hint) lines.push(`hint: ${view.failure.hint}`);
      }
      if (view.engine === "local" && view.status !== "succeeded" && (stopped || view.status !== "running"))
        lines.push(`go on with: lamella resume ${view.runId}`);
      process.stdout.write(`${lines.join("\n")}\n`);
    });
};
