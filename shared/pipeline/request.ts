import * as z from "zod";
import { type Json, LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import type { OutputRequest } from "../plan/outputs.ts";
import { PYRAMID_METHODS } from "../plan/pyramid.ts";
import { openObject } from "../storage/uri.ts";
import { buildPipeline } from "./build.ts";
import { codecSpec } from "./output.ts";
import { parsePipeline, parsePipelineText } from "./parse.ts";
import type { RunRequest } from "./run-request.ts";
import { ngffVersion, pyramidFactors } from "./schema.ts";

/** Options of a conversion as JSON: the state machine's input, and the sidecar of an upload. */
export const convertSchema = z.strictObject({
  src: z.string(),
  dst: z.string(),
  chunks: z.array(z.number().int()).exactOptional(),
  shards: z.array(z.number().int()).exactOptional(),
  levels: z.number().int().positive().exactOptional(),
  downsample: z.enum(PYRAMID_METHODS).exactOptional(),
  factors: pyramidFactors.exactOptional(),
  ngff: ngffVersion.exactOptional(),
  codec: z.enum(["blosc", "zstd", "gzip", "none"]).exactOptional(),
  level: z.number().int().exactOptional(),
  series: z.union([z.literal("all"), z.array(z.number().int().nonnegative())]).exactOptional(),
});

/** What a request stores: the one entry for the command line, the state machine and the upload trigger. */
export async function outputsOfRequest(
  request: Exclude<RunRequest, { runId: string }>,
): Promise<OutputRequest[]> {
  const set = request.options?.set ?? {};
  if ("convert" in request) return [await convertRequest(request.convert)];
  if ("pipelineUri" in request) {
    const { document, base, where } = await readPipelineAt(request.pipelineUri);
    return pipelineOutputs(document, set, base, where);
  }
  return pipelineOutputs(request.pipeline, set, "", "the pipeline");
}

/** A pipeline document, not checked yet. */
export interface PipelineDocument {
  readonly document: unknown;
  /** The folder that relative paths start from. */
  readonly base: string;
  /** How messages name it. */
  readonly where: string;
}

/** Reads a pipeline file from storage. Throws NOT_FOUND, INVALID_PIPELINE. */
export async function readPipelineAt(uri: string): Promise<PipelineDocument> {
  const { store, key } = await openObject(uri);
  const bytes = await store.get(key);
  if (!bytes)
    throw new LamellaError("NOT_FOUND", `there is no pipeline at ${uri}`, { hint: "Check the path." });
  const document = parsePipelineText(Buffer.from(bytes).toString("utf8"), uri);
  return { document, base: uri.replace(/[^/]*$/, ""), where: uri };
}

export async function pipelineOutputs(
  document: unknown,
  set: { readonly [name: string]: Json },
  base: string,
  where: string,
): Promise<OutputRequest[]> {
  return buildPipeline(parsePipeline(document, set, where), base, where);
}

async function convertRequest(document: unknown): Promise<OutputRequest> {
  const parsed = convertSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    if (issue.code === "unrecognized_keys") {
      const key = issue.keys[0]!;
      throw new LamellaError("UNKNOWN_KEY", `convert has no option "${key}"`, {
        hint: hintOfNames(key, Object.keys(convertSchema.shape)),
      });
    }
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `convert: ${issue.path.join(".") || "the request"}: ${issue.message}`,
      {
        hint: "`lamella convert --help` lists the options; a request has them by the same names.",
      },
    );
  }
  const { src, dst, codec, level, series, ...rest } = parsed.data;
  // The formats of images come with it.
  const { convertOutput } = await import("./convert.ts");
  return convertOutput(src, dst, {
    ...withoutUndefined(rest),
    ...(codec === undefined && level === undefined ? {} : { codec: codecSpec(codec ?? "blosc", level) }),
    ...(series === undefined || series === "all" ? {} : { series }),
  });
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}
