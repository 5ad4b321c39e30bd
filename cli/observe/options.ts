import type { Command } from "commander";
import { LamellaError } from "../../shared/errors.ts";

/** How a run is shown and told of while it goes on. */
export interface ObserveFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** A file that events are added to, or `-`. */
  readonly events?: string;
  readonly dashboard?: boolean;
  readonly report?: string;
  readonly detach?: boolean;
  /** Where the run is kept. */
  readonly runs?: string;
  readonly stack?: string;
}

/** The options of `ObserveFlags` that a command doesn't have already. */
export const OBSERVE_FLAGS = ["events", "dashboard", "report"] as const;

export function observeOptions(command: Command): Command {
  return command
    .option("--events <file>", "add what happens to a file, a JSON document a line; - is stdout")
    .option("--dashboard", "show the run in the browser while it goes on: prints an address on 127.0.0.1")
    .option("--report <file>", "write the run's report, one HTML file, when it has ended");
}

/** Refuses what can't be done before anything is begun. Throws INVALID_ARGUMENT, OUTPUT_EXISTS. */
export async function checkObserving(flags: ObserveFlags): Promise<void> {
  if (flags.events === "-" && flags.json) {
    throw new LamellaError("INVALID_ARGUMENT", "--events - and --json both write to stdout", {
      hint: "Name a file for the events: --events run.ndjson.",
    });
  }
  const ignored = flags.detach && OBSERVE_FLAGS.find((flag) => flags[flag] !== undefined);
  if (ignored) {
    throw new LamellaError("INVALID_ARGUMENT", `--${ignored} does not go with --detach`, {
      hint: "`lamella watch RUN` takes it, whenever somebody watches.",
    });
  }
  if (flags.report === undefined) return;
  // Commands load this to say what they take: what a report is made of must wait until one is wanted.
  const { checkReportTarget } = await import("../report/write-report.ts");
  await checkReportTarget(flags.report);
}
