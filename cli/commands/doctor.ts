import type { DefineCommand } from "./index.ts";

export const defineDoctor: DefineCommand = (program, done) => {
  program
    .command("doctor")
    .description(
      "what this computer and the account of your credentials have; ends with status 1 where something fails",
    )
    .option("--stack <name>", 'the deployed stack; default "Lamella", or LAMELLA_STACK')
    .option("--runs <dir>", "where runs here are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .action(async (flags: { stack?: string; runs?: string; json?: boolean }) => {
      const [{ diagnose }, { stackNameOf }] = await Promise.all([
        import("../doctor/diagnose.ts"),
        import("../stack-name.ts"),
      ]);
      const { resolve } = await import("node:path");
      const runs = resolve(flags.runs ?? process.env["LAMELLA_RUNS"] ?? ".lamella");
      const healthy = await diagnose({
        stack: stackNameOf(flags.stack),
        runs,
        ...(flags.json ? { json: true } : {}),
      });
      if (!healthy) done(1);
      // a connection that gave no answer would keep the process
      setTimeout(() => process.exit(), 500).unref();
    });
};
