import type { Command } from "commander";
import { RunFolder } from "../shared/engine/run-folder.ts";
import { choice } from "./values.ts";

/** Options that say where a run's folder is. */
export interface RunPlace {
  readonly on: "local" | "aws";
  readonly stack?: string;
  readonly runs?: string;
}

/** Adds the options of a command about one run, on either engine. */
export function runPlaceOptions(command: Command): Command {
  return command
    .option(
      "--on <engine>",
      "local or aws: where the run's folder is",
      choice(["local", "aws"] as const),
      "local",
    )
    .option("--stack <name>", "with --on aws: the deployed stack")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS");
}

/** The folder of a run, here or in a stack's control bucket. */
export async function runFolderAt(runId: string, { on, stack, runs }: RunPlace): Promise<RunFolder> {
  const { controlStore } = await import("./control-store.ts");
  const control =
    on === "aws" ? await (await import("./run-on-aws.ts")).awsControlStore(stack) : await controlStore(runs);
  return new RunFolder(control, runId);
}
