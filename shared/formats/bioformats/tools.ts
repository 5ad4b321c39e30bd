import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { LamellaError } from "../../errors.ts";

/** A program of Bio-Formats, and how it is called. */
export interface Tool {
  readonly name: "bfconvert" | "bioformats2raw" | "showinf";
  readonly command: string;
  /** What comes before the tool's own arguments. */
  readonly prefix: readonly string[];
}

export interface BioFormatsOptions {
  /** bioformats_package.jar, which `java` runs; default: BIOFORMATS_JAR, else the programs on the PATH. */
  readonly jar?: string;
  readonly env?: { readonly [name: string]: string | undefined };
}

/** The classes in the jar that the programs start. */
const CLASSES = {
  bfconvert: "loci.formats.tools.ImageConverter",
  showinf: "loci.formats.tools.ImageInfo",
} as const;

/** What writes an image anew: a given jar first, then bfconvert, then bioformats2raw. Throws READER_NOT_FOUND, NOT_FOUND. */
export function findConverter(options: BioFormatsOptions = {}): Tool {
  return inJar("bfconvert", options) ?? onPath(["bfconvert", "bioformats2raw"], options);
}

/** What tells of an image: showinf, of a given jar or on the PATH. Throws READER_NOT_FOUND, NOT_FOUND. */
export function findDescriber(options: BioFormatsOptions = {}): Tool {
  return inJar("showinf", options) ?? onPath(["showinf"], options);
}

function inJar(name: keyof typeof CLASSES, options: BioFormatsOptions): Tool | undefined {
  const { env = process.env } = options;
  const jar = options.jar ?? env["BIOFORMATS_JAR"];
  if (jar === undefined || jar === "") return undefined;
  if (!isFile(jar)) {
    throw new LamellaError("NOT_FOUND", `there is no Bio-Formats jar at ${jar}`, {
      hint: "Name bioformats_package.jar with --bioformats-jar or BIOFORMATS_JAR.",
      details: { file: jar },
    });
  }
  const java = env["JAVA_HOME"] ? path.join(env["JAVA_HOME"], "bin/java") : lookUp("java", env);
  if (java === undefined || !isExecutable(java)) {
    throw new LamellaError("READER_NOT_FOUND", `Bio-Formats at ${jar} needs java, which is not on the PATH`, {
      hint: "Install a Java runtime (11 or newer), or set JAVA_HOME.",
    });
  }
  return {
    name,
    command: java,
    prefix: ["-Djava.awt.headless=true", "-cp", path.resolve(jar), CLASSES[name]],
  };
}

function onPath(names: readonly Tool["name"][], { env = process.env }: BioFormatsOptions): Tool {
  for (const name of names) {
    const command = lookUp(name, env);
    if (command !== undefined) return { name, command, prefix: [] };
  }
  throw new LamellaError(
    "READER_NOT_FOUND",
    `Bio-Formats was not found: no ${names.join(" or ")} on the PATH`,
    {
      hint: "Install Bio-Formats' command line tools (bftools) or bioformats2raw, or name bioformats_package.jar with --bioformats-jar or BIOFORMATS_JAR.",
      details: { tools: names },
    },
  );
}

function lookUp(name: string, env: NonNullable<BioFormatsOptions["env"]>): string | undefined {
  const folders = (env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return isFile(file);
  } catch {
    return false;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
