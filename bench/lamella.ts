import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { RunReport } from "../shared/engine/local/engine.ts";
import type { Json } from "../shared/errors.ts";
import { type Measured, measure } from "./measure.ts";

const CLI = path.resolve(import.meta.dirname, "../dist/cli.js");

export interface LamellaRun extends Measured {
  readonly report: RunReport;
}

/** Runs a pipeline by the built command line in a process of its own, as a user would. Outputs must not exist yet. */
export async function runPipeline(
  pipeline: { readonly [key: string]: Json },
  options: {
    readonly folder: string;
    readonly name: string;
    readonly workers: number;
    readonly memoryMiB?: number | undefined;
  },
): Promise<LamellaRun> {
  const file = path.join(options.folder, `${options.name}.json`);
  await writeFile(file, JSON.stringify({ version: 1, ...pipeline }, null, 1));
  const memory = options.memoryMiB === undefined ? [] : ["--memory", String(options.memoryMiB)];
  return runLamella(["run", file, "--workers", String(options.workers), ...memory], options.folder);
}

/** Runs `lamella` with `--json`, with a runs folder of its own in `folder`, or where a stack keeps them. Throws where it fails. */
export async function runLamella(args: readonly string[], folder?: string): Promise<LamellaRun> {
  const runs = folder && path.join(folder, "runs");
  const own = runs ? ["--runs", runs] : [];
  const measured = await measure(process.execPath, [CLI, ...args, "--json", "--quiet", ...own]);
  if (measured.status !== 0)
    throw new Error(`lamella ${args.join(" ")} failed:\n${measured.stdout}${measured.stderr}`);
  if (runs) await rm(runs, { recursive: true, force: true });
  return { ...measured, report: JSON.parse(measured.stdout) as RunReport };
}
