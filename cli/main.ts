#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { LamellaError } from "../shared/errors.ts";
import { LAMELLA_VERSION } from "../shared/version.ts";
import { COMMANDS } from "./commands/index.ts";
import { requireNode } from "./node-version.ts";
import { reportError } from "./report-error.ts";

/** `lamella`: one command a file in commands/; each loads what it needs when it runs. */
async function main(): Promise<number> {
  const json = process.argv.includes("--json");
  try {
    requireNode();
    const program = new Command("lamella")
      .description("Dask arrays for big image data, without a cluster.")
      .version(LAMELLA_VERSION)
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .showSuggestionAfterError(true);
    let status = 0;
    for (const define of COMMANDS) define(program, (code) => (status = code));
    if (process.argv.length <= 2) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(process.argv);
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const message = error.message.replace(/^error: /, "").replace(/\n\(/, " (");
      return reportError(
        new LamellaError("INVALID_ARGUMENT", message, {
          hint: "`lamella --help` lists the commands, `lamella COMMAND --help` its options.",
        }),
        json,
      );
    }
    return reportError(error, json);
  }
}

process.exitCode = await main();
