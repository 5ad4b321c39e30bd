import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Json } from "../shared/errors.ts";
import type { PreviewSource } from "../shared/serve/preview/preview.ts";
import { fileSource } from "../shared/serve/preview/preview.ts";
import { isPipelineModule, readPipeline } from "./load-pipeline.ts";

/** A pipeline to be previewed; into a YAML or JSON file on this computer its values can be written. Throws as `readPipeline`. */
export async function previewSource(
  file: string,
  set: { readonly [name: string]: Json } = {},
): Promise<PreviewSource> {
  const source = await readPipeline(file);
  if (/^(s3|https?):\/\//.test(file) || isPipelineModule(file)) return { ...source, set };
  return { ...fileSource(path.resolve(file), await readFile(file, "utf8"), source), set };
}
