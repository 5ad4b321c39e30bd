import { Command } from "commander";
import { LAMELLA_VERSION } from "../shared/version.ts";
import { COMMANDS } from "./commands/index.ts";

/** The command line as it is typed; `done` takes the exit status of a command that ends without an error. */
export function makeProgram(done: (status: number) => void): Command {
  const program = new Command("lamella")
    .description("Dask arrays for big image data, without a cluster.")
    .version(LAMELLA_VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError(true);
  for (const define of COMMANDS) define(program, done);
  for (const command of program.commands) {
    if (!command.options.some((option) => option.long === "--verbose"))
      command.option("--verbose", "more on errors");
  }
  return program;
}
