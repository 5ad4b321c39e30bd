import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineCancel: DefineCommand = (program) => {
  const command = program
    .command("cancel")
    .description(
      "stops a run, and returns when nobody can write for it; what is done stays, and it can be resumed",
    )
    .argument("<run>", "run id");
  runPlaceOptions(command)
    .option("--json", "print one JSON document")
    .action(async (runId: string, flags: RunPlace & { json?: boolean }) => {
      const [{ findRun }, { stopRun }, { untilInterrupted }] = await Promise.all([
        import("../find-run.ts"),
        import("../../shared/engine/life.ts"),
        import("../interrupt.ts"),
      ]);
      const found = await findRun(runId, flags);
      let told = "";
      const onWait = ({ count, until }: { count: number; until: Date }): void => {
        const line = `waiting for ${count} function${count === 1 ? "" : "s"} at work, until ${until.toISOString()} at the latest`;
        if (line !== told) process.stderr.write(`${line}\n`);
        told = line;
      };
      const state = await untilInterrupted((signal) => stopRun(found, { signal, onWait }));
      if (flags.json) process.stdout.write(`${JSON.stringify(state)}\n`);
      else {
        process.stdout.write(`run ${runId}: ${state.status}\n`);
        process.stderr.write(`go on with: lamella resume ${runId}\n`);
      }
    });
};
