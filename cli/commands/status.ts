import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineStatus: DefineCommand = (program) => {
  const command = program
    .command("status")
    .description("how far a run is, from its receipts")
    .argument("<run>", "run id");
  runPlaceOptions(command)
    .option("--json", "print one JSON document")
    .action(async (runId: string, flags: RunPlace & { json?: boolean }) => {
      const [{ findRun }, { carrierOf }, { readRunState }] = await Promise.all([
        import("../find-run.ts"),
        import("../../shared/engine/life.ts"),
        import("../../shared/engine/run.ts"),
      ]);
      const found = await findRun(runId, flags);
      const view = await readRunState(found.folder);
      const isLive = view.status === "running" || view.status === "planned";
      const gone = isLive ? await (await carrierOf(found)).gone() : undefined;
      if (flags.json) process.stdout.write(`${JSON.stringify({ ...view, ...(gone ? { gone } : {}) })}\n`);
      else (await import("../print-status.ts")).printStatus(view, gone);
    });
};
