import { choice, parsePositive } from "../values.ts";
import type { DefineCommand } from "./index.ts";

export const defineRuns: DefineCommand = (program) => {
  program
    .command("runs")
    .description("lists the runs on this computer, or on a deployed stack, newest first")
    .option("--on <engine>", "local (the default) or aws", choice(["local", "aws"] as const))
    .option("--stack <name>", 'the deployed stack; default "Lamella", or LAMELLA_STACK')
    .option("--runs <dir>", "where runs here are kept; default .lamella, or LAMELLA_RUNS")
    .option("--limit <n>", "the newest so many; on a stack 100 by default", parsePositive)
    .option("--json", "print one JSON document")
    .action(async (flags) => {
      const { listRuns, printRuns } = await import("../list-runs.ts");
      const runs = await listRuns(flags);
      if (flags.json) process.stdout.write(`${JSON.stringify(runs.states)}\n`);
      else printRuns(runs);
    });
};
