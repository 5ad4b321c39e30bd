import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Json, LamellaError } from "../shared/errors.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { parsePipelineText } from "../shared/pipeline/parse.ts";
import { type PipelineDocument, pipelineOutputs, readPipelineAt } from "../shared/pipeline/request.ts";
import type { OutputRequest } from "../shared/plan/outputs.ts";

const MODULE = /\.[cm]?[jt]s$/;

/**
 * Reads a pipeline file (YAML, JSON, a module with the pipeline as its default export, or s3://) and opens its inputs; relative paths are
 * relative to the file.
 */
export async function loadPipeline(
  file: string,
  set: { readonly [name: string]: Json },
): Promise<OutputRequest[]> {
  const { document, base, where } = await readPipeline(file);
  return pipelineOutputs(document, set, base, where);
}

/** Whether a path is that of a module, which gives the pipeline as its default export. */
export function isPipelineModule(file: string): boolean {
  return MODULE.test(file) && existsSync(file);
}

/** Reads a pipeline file of any of these kinds; nothing in it is looked at yet. Throws NOT_FOUND, INVALID_PIPELINE. */
export async function readPipeline(file: string): Promise<PipelineDocument> {
  if (/^(s3|https?):\/\//.test(file)) return readPipelineAt(file);
  const base = path.dirname(path.resolve(file));
  if (isPipelineModule(file)) return { document: await defaultExport(file), base, where: file };
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new LamellaError(
      missing ? "NOT_FOUND" : "INVALID_ARGUMENT",
      `${file}: ${missing ? "there is no such file" : (error as Error).message}`,
      {
        hint:
          (missing ? await nearestFile(file) : undefined) ??
          "Give the path of a pipeline file, YAML or JSON.",
        details: { file },
      },
    );
  }
  return { document: parsePipelineText(text, file), base, where: file };
}

/** "Did you mean ...?", of the pipelines that lie in the same folder. */
async function nearestFile(file: string): Promise<string | undefined> {
  const names = await readdir(path.dirname(file)).catch(() => []);
  const pipelines = names.filter((name) => /\.(ya?ml|json|[cm]?[jt]s)$/.test(name));
  const nearest = nearestName(path.basename(file), pipelines);
  return nearest === undefined ? undefined : `Did you mean ${path.join(path.dirname(file), nearest)}?`;
}

/** What a module says by default, as a plain document. Throws INVALID_PIPELINE where it fails to load. */
async function defaultExport(file: string): Promise<unknown> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new LamellaError("INVALID_PIPELINE", `${file} can't be loaded: ${message}`, {
      hint: "A pipeline module runs here before anything else: run it by itself with node to see what fails.",
      cause,
    });
  }
  if (loaded.default === undefined) {
    throw new LamellaError("INVALID_PIPELINE", `${file} has no default export`, {
      hint: "Write export default { version: 1, inputs: ..., steps: ..., outputs: ... };",
    });
  }
  return loaded.default;
}
