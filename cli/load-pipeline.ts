import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Json, LamellaError } from "../shared/errors.ts";
import { parsePipelineText } from "../shared/pipeline/parse.ts";
import { outputsOfRequest, pipelineOutputs } from "../shared/pipeline/request.ts";
import type { OutputRequest } from "../shared/plan/outputs.ts";

/** Reads a pipeline file (YAML, JSON, or s3://) and opens its inputs; relative paths are relative to the file. */
export async function loadPipeline(
  file: string,
  set: { readonly [name: string]: Json },
): Promise<OutputRequest[]> {
  if (/^(s3|https?):\/\//.test(file)) return outputsOfRequest({ pipelineUri: file, options: { set } });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new LamellaError(
      missing ? "NOT_FOUND" : "INVALID_ARGUMENT",
      `${file}: ${missing ? "there is no such file" : (error as Error).message}`,
      {
        hint: "Give the path of a pipeline file, YAML or JSON.",
        details: { file },
      },
    );
  }
  return pipelineOutputs(parsePipelineText(text, file), set, path.dirname(path.resolve(file)), file);
}
