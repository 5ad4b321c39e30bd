import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileSource, type PreviewSource } from "../shared/serve/preview/preview.ts";
import { isPipelineModule, readPipeline } from "./load-pipeline.ts";

/** A pipeline to preview. Values can be written into a file on this computer; a module, or one elsewhere, is only read. */
export async function previewSource(file: string): Promise<PreviewSource> {
  const { document, base, where } = await readPipeline(file);
  if (isPipelineModule(file) || /^(s3|https?):\/\//.test(file)) return { document, base, where };
  return fileSource(path.resolve(file), await readFile(file, "utf8"), { base, where });
}
