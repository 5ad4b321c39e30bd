import { parse as parseYaml, YAMLParseError } from "yaml";
import type { z } from "zod";
import { type Json, LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import { outputSchema, type Pipeline, pipelineSchema, stepSchemas } from "./schema.ts";

/** Reads a pipeline document, YAML or JSON. Throws INVALID_PIPELINE with line and column. */
export function parsePipelineText(text: string, where: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [start] = error.linePos ?? [];
    throw new LamellaError(
      "INVALID_PIPELINE",
      `${where}${start ? `:${start.line}:${start.col}` : ""}: ${error.message.split("\n")[0] ?? ""}`,
      {
        hint: "Pipeline files are YAML or JSON; `lamella schema` prints what they may hold.",
        details: { file: where, ...(start ? { line: start.line, column: start.col } : {}) },
      },
    );
  }
}

/**
 * Puts `${name}` values in and checks the document. A value that is only `${name}` takes the parameter as it is, a number
 * stays a number. Throws UNKNOWN_KEY with the nearest known key, INVALID_PIPELINE naming the place.
 */
export function parsePipeline(
  document: unknown,
  set: { readonly [name: string]: Json },
  where: string,
): Pipeline {
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new LamellaError("INVALID_PIPELINE", `${where} does not hold a pipeline`, {
      hint: "It needs version, inputs, steps and outputs.",
    });
  }
  const given = (document as { params?: { [name: string]: Json } }).params ?? {};
  for (const name of Object.keys(set)) {
    if (name in given) continue;
    throw new LamellaError("INVALID_PIPELINE", `${where} has no parameter "${name}" to set`, {
      hint: hintOfNames(name, Object.keys(given)),
    });
  }
  const params = { ...given, ...set };
  const filled = Object.fromEntries(
    Object.entries(document as object).map(([key, value]) => [
      key,
      key === "params" ? value : substitute(value as Json, params, where),
    ]),
  );
  const parsed = pipelineSchema.safeParse(filled);
  if (!parsed.success) throw explain(parsed.error, filled, where);
  return parsed.data as unknown as Pipeline;
}

function substitute(value: Json, params: { readonly [name: string]: Json }, where: string): Json {
  if (typeof value === "string") {
    const look = (name: string): Json => {
      if (name in params) return params[name]!;
      throw new LamellaError("INVALID_PIPELINE", `${where} uses \${${name}}, which params does not have`, {
        hint: hintOfNames(name, Object.keys(params)),
      });
    };
    const whole = /^\$\{([A-Za-z_]\w*)\}$/.exec(value);
    if (whole) return look(whole[1]!);
    return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => String(look(name)));
  }
  if (Array.isArray(value)) return value.map((entry) => substitute(entry, params, where));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, substitute(v as Json, params, where)]),
    );
  }
  return value;
}

/** The first thing wrong, said in the pipeline's own terms. */
function explain(
  error: z.ZodError,
  document: { readonly [key: string]: unknown },
  where: string,
): LamellaError {
  const steps = (document["steps"] ?? {}) as { readonly [name: string]: { readonly op?: unknown } | null };
  const issue = error.issues[0]!;
  const [section, name] = issue.path.map(String);
  const step = section === "steps" && name !== undefined ? steps[name] : undefined;
  if (step !== undefined && (typeof step?.op !== "string" || !(step.op in stepSchemas))) {
    const op = String(step?.op ?? "");
    return new LamellaError(
      "INVALID_PIPELINE",
      `${where}: step ${name} has ${op === "" ? "no op" : `op "${op}", which is not known`}`,
      {
        hint: hintOfNames(op, Object.keys(stepSchemas)),
        details: { step: name ?? null },
      },
    );
  }
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const place = issue.path.length === 0 ? "the pipeline" : issue.path.join(".");
    return new LamellaError("UNKNOWN_KEY", `${where}: ${place} has the unknown key "${key}"`, {
      hint: hintOfNames(key, knownKeys(section, step)),
      details: { key, place },
    });
  }
  if (section === "inputs" && name !== undefined) {
    const input = ((document["inputs"] ?? {}) as { [name: string]: unknown })[name];
    const keys = typeof input === "object" && input !== null ? Object.keys(input) : [];
    const known = ["zarr", "component", "tiff", "series", "level"];
    const unknown = keys.find((key) => !known.includes(key));
    if (unknown) {
      return new LamellaError("UNKNOWN_KEY", `${where}: inputs.${name} has the unknown key "${unknown}"`, {
        hint: hintOfNames(unknown, known),
      });
    }
    return new LamellaError("INVALID_PIPELINE", `${where}: inputs.${name} is not an input`, {
      hint: 'Write { zarr: "image.zarr", component: "0" } or { tiff: "image.ome.tif" }.',
    });
  }
  return new LamellaError(
    "INVALID_PIPELINE",
    `${where}: ${issue.path.join(".") || "the pipeline"}: ${issue.message}`,
    {
      hint: "`lamella schema` prints what a pipeline file may hold.",
      details: { place: issue.path.join(".") },
    },
  );
}

function knownKeys(
  section: string | undefined,
  step: { readonly op?: unknown } | null | undefined,
): string[] {
  if (section === "steps") return Object.keys(stepSchemas[step?.op as keyof typeof stepSchemas].shape);
  if (section === "outputs") return Object.keys(outputSchema.shape);
  return Object.keys(pipelineSchema.shape);
}
