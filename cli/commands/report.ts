import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineReport: DefineCommand = (program) => {
  const command = program
    .command("report")
    .description(
      "one HTML file about a run: timeline, heat map, bytes, memory, failures, cost; opens without a network",
    )
    .argument("<run>", "run id");
  runPlaceOptions(command)
    .option("--output <file>", "where to write it; default: lamella-report-RUN.html here")
    .option("--json", "print its data as one JSON document instead")
    .action(async (runId: string, flags: RunPlace & { output?: string; json?: boolean }) => {
      const { makeReport } = await import("../report/make-report.ts");
      await makeReport(runId, flags);
    });
};
