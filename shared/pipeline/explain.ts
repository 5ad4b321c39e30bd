import * as z from "zod";
import { type ErrorCode, LamellaError } from "../errors.ts";
import { isKernel } from "../kernels/registry.ts";
import { hintOfNames } from "../nearest-name.ts";
import { inputSchemas, pipelineSchema, stepSchemas } from "./schema.ts";

const HINT = "`lamella schema` prints what a pipeline file may hold.";

/** What is wrong with a pipeline document, one thing and the likeliest, in the pipeline's own terms. */
export function explain(
  error: z.ZodError,
  document: { readonly [key: string]: unknown },
  where: string,
): LamellaError {
  // A misspelt key is also a missing one: the misspelling says more.
  const issue = error.issues.find(({ code }) => code === "unrecognized_keys") ?? error.issues[0]!;
  const path = issue.path.map(String);
  const place = path.join(".");
  const problem: Problem = (code, what, hint) =>
    new LamellaError(code, `${where}: ${what}`, { hint, details: { file: where, place } });

  const [section, name = ""] = path;
  const op = section === "steps" && name !== "" ? valueAt(document, ["steps", name, "op"]) : undefined;
  if (section === "steps" && name !== "" && (typeof op !== "string" || !Object.hasOwn(stepSchemas, op))) {
    const what = op === undefined ? "has no op" : `has op ${JSON.stringify(op)}, which is not known`;
    return problem(
      "INVALID_PIPELINE",
      `step ${name} ${what}`,
      typeof op === "string" && isKernel(op)
        ? `That is a kernel: { op: mapBlocks, kernel: ${op} }, or mapOverlap with a depth.`
        : hintOfNames(String(op ?? ""), Object.keys(stepSchemas)),
    );
  }
  if (section === "inputs" && name !== "")
    return explainInput(valueAt(document, path.slice(0, 2)), name, problem);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const known = keysAt(schemaOf(op) ?? pipelineSchema, schemaOf(op) ? path.slice(2) : path);
    return problem(
      "UNKNOWN_KEY",
      `${place === "" ? "the pipeline" : place} has the unknown key "${key}"`,
      hintOfNames(key, known),
    );
  }
  const value = valueAt(document, path);
  if (place === "version") {
    const what = value === undefined ? "version is missing" : `version ${JSON.stringify(value)} is not known`;
    return problem("INVALID_PIPELINE", what, "This Lamella reads version: 1.");
  }
  if (value === undefined) return problem("INVALID_PIPELINE", `${place} is missing`, HINT);
  return problem("INVALID_PIPELINE", `${place || "the pipeline"}: ${issue.message}`, HINT);
}

type Problem = (code: ErrorCode, what: string, hint: string) => LamellaError;

function explainInput(input: unknown, name: string, problem: Problem): LamellaError {
  const keys = typeof input === "object" && input !== null ? Object.keys(input) : [];
  const known = Object.values(inputSchemas).flatMap((schema) => Object.keys(schema.shape));
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) {
    return problem(
      "UNKNOWN_KEY",
      `inputs.${name} has the unknown key "${unknown}"`,
      hintOfNames(unknown, known),
    );
  }
  const kind = (["zarr", "tiff", "czi", "n5", "hdf5"] as const).find((each) => keys.includes(each));
  const issue = kind && inputSchemas[kind].safeParse(input).error?.issues[0];
  if (kind === undefined || issue === undefined) {
    return problem(
      "INVALID_PIPELINE",
      `inputs.${name} is not an input`,
      'Write { zarr: "image.zarr", component: "0" }, { tiff: "image.ome.tif" }, { czi: "image.czi" }, { n5: "volume.n5", component: "raw/s0" }, or { hdf5: "volume.h5", dataset: "/raw" }.',
    );
  }
  const own = Object.keys(inputSchemas[kind].shape);
  if (issue.code === "unrecognized_keys") {
    const what = `inputs.${name} has ${kind}, with which ${issue.keys[0]} does not go`;
    return problem("INVALID_PIPELINE", what, `An input has ${own.join(", ")}.`);
  }
  return problem("INVALID_PIPELINE", `inputs.${name}.${issue.path.join(".")}: ${issue.message}`, HINT);
}

function schemaOf(op: unknown): z.ZodType | undefined {
  return typeof op === "string" ? stepSchemas[op as keyof typeof stepSchemas] : undefined;
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as { [key: string]: unknown })[key] : undefined,
    document,
  );
}

/** The keys that the mapping at `path` may have. */
function keysAt(schema: unknown, path: readonly string[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional)
    return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option, path));
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, path.slice(1));
  if (!(schema instanceof z.ZodObject)) return [];
  return path.length === 0 ? Object.keys(schema.shape) : keysAt(schema.shape[path[0]!], path.slice(1));
}
