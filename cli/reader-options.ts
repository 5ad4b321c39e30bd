import type { Command } from "commander";
import { LamellaError } from "../shared/errors.ts";
import type { BioFormatsOptions } from "../shared/formats/bioformats/tools.ts";
import { choice } from "./values.ts";

export interface ReaderFlags {
  readonly reader?: "lamella" | "bioformats";
  readonly bioformatsJar?: string;
}

/** Options that say what reads an image, shared by `convert` and `inspect`. */
export function readerOptions(command: Command): Command {
  return command
    .option(
      "--reader <name>",
      "lamella, or bioformats for its other formats: by bfconvert, bioformats2raw or showinf on the PATH, or a jar",
      choice(["lamella", "bioformats"] as const),
    )
    .option("--bioformats-jar <file>", "bioformats_package.jar, run with java; or BIOFORMATS_JAR");
}

/** Where Bio-Formats is, where it is asked for; undefined where Lamella reads. */
export function bioFormatsOf(flags: ReaderFlags): BioFormatsOptions | undefined {
  if (flags.reader === "bioformats")
    return flags.bioformatsJar === undefined ? {} : { jar: flags.bioformatsJar };
  if (flags.bioformatsJar === undefined) return undefined;
  throw new LamellaError("INVALID_ARGUMENT", "--bioformats-jar is for --reader bioformats", {
    hint: "Add --reader bioformats, or leave the jar out.",
  });
}
