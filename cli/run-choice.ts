import type { Command } from "commander";
import { quoted } from "../shared/shell-quote.ts";
import { choice } from "./values.ts";

/** Options that say where a run's folder is. */
export interface RunPlace {
  readonly on?: "local" | "aws";
  readonly stack?: string;
  readonly runs?: string;
}

/** Adds the options of a command about one run, on either engine. */
export function runPlaceOptions(command: Command): Command {
  return command
    .option(
      "--on <engine>",
      "local or aws: where the run's folder is; default: looked for here, then on the deployed stack",
      choice(["local", "aws"] as const),
    )
    .option("--stack <name>", 'the deployed stack; default "Lamella", or LAMELLA_STACK')
    .option("--runs <dir>", "where runs here are kept; default .lamella, or LAMELLA_RUNS");
}

/** The options with which another command finds the same run, where it doesn't without. */
export function placeOf({ stack, runs }: { readonly stack?: string; readonly runs?: string }): string {
  return [
    ...(stack === undefined ? [] : [`--stack ${quoted(stack)}`]),
    ...(runs === undefined ? [] : [`--runs ${quoted(runs)}`]),
  ].join(" ");
}
