import type { RunState } from "../../shared/engine/run-folder.ts";
import type { DefineCommand } from "./index.ts";

export const defineRuns: DefineCommand = (program) => {
  program
    .command("runs")
    .description("lists the runs, newest first")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .action(async (flags: { runs?: string; json?: boolean }) => {
      const [{ RunFolder }, { controlStore }, { table }] = await Promise.all([
        import("../../shared/engine/run-folder.ts"),
        import("../control-store.ts"),
        import("../format.ts"),
      ]);
      const control = await controlStore(flags.runs);
      const ids = (await control.listDirectory("runs/"))
        .filter((name) => name.endsWith("/"))
        .map((name) => name.slice(0, -1));
      const states: RunState[] = [];
      for (const id of ids.sort().reverse()) {
        const state = await new RunFolder(control, id).state().catch(() => undefined);
        if (state) states.push(state);
      }
      if (flags.json) process.stdout.write(`${JSON.stringify(states)}\n`);
      else if (states.length === 0) process.stderr.write(`no runs in ${control.uri}\n`);
      else {
        const { isAlive } = await import("../../shared/engine/local/run-process.ts");
        const shown = (s: (typeof states)[number]) =>
          s.status === "running" && s.process && isAlive(s.process) === false ? "stopped" : s.status;
        const rows = states.map((s) => [s.runId, shown(s), s.createdAt, Object.keys(s.outputs).join(", ")]);
        process.stdout.write(`${table([["run", "status", "created", "outputs"], ...rows])}\n`);
      }
    });
};
