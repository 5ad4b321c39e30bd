#!/usr/bin/env node
import { CommanderError } from "commander";
import { LamellaError } from "../shared/errors.ts";
import { keepCompiledCode } from "./compile-cache.ts";
import { requireNode } from "./node-version.ts";
import { makeProgram } from "./program.ts";
import { reportError } from "./report-error.ts";
import { wrongUse } from "./wrong-use.ts";

/** `lamella`: one command a file in commands/; each loads what it needs when it runs. */
async function main(): Promise<number> {
  const json = process.argv.includes("--json");
  let status = 0;
  const program = makeProgram((code) => (status = code));
  try {
    requireNode();
    keepCompiledCode();
    if (process.argv.length <= 2) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(process.argv);
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const { message, hint } = wrongUse(error, program);
      return reportError(new LamellaError("INVALID_ARGUMENT", message, { hint }), json);
    }
    return reportError(error, json);
  }
}

// `lamella inspect IMAGE | head`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
let ended = false;
// Nothing is left that could wake the process, and Node would end it with 13 and a warning of its own.
process.once("beforeExit", () => {
  if (ended) return;
  const error = new LamellaError("TASK_FAILED", "what the command waits for never comes", {
    hint: "An own kernel, or what its module awaits, gives a promise that never settles.",
  });
  process.exitCode = reportError(error, process.argv.includes("--json"));
});
const status = await main();
ended = true;
process.exitCode = status;
