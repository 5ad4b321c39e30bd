import { parse as parseYaml, YAMLParseError } from "yaml";
import { ASKED_ONCE } from "../asked-once.ts";
import { type Json, LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import { explain } from "./explain.ts";
import { type Pipeline, pipelineSchema } from "./schema.ts";

/** Reads a pipeline document, YAML or JSON. Throws INVALID_PIPELINE with line and column. */
export function parsePipelineText(text: string, where: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    // Aliases of aliases, and such as name nothing.
    if (error instanceof ReferenceError) throw unreadable(where, "its aliases can't be followed", error);
    if (isTooDeep(error)) throw unreadable(where, "its lists and maps are nested too deeply", error);
    if (!(error instanceof YAMLParseError)) throw error;
    const [start] = error.linePos ?? [];
    throw new LamellaError(
      "INVALID_PIPELINE",
      `${where}${start ? `:${start.line}:${start.col}` : ""}: ${error.message.replace(/( at line \d+, column \d+)?:?\n[\s\S]*$/, "")}`,
      {
        hint:
          start && text.split("\n")[start.line - 1]?.includes("${")
            ? 'Within { } a parameter needs quotes: "$' + '{name}".'
            : "Pipeline files are YAML or JSON; `lamella schema` prints what they may hold.",
        details: { file: where, ...(start ? { line: start.line, column: start.col } : {}) },
      },
    );
  }
}

/** The parser runs out of stack, and says so itself or lets V8 say it. */
function isTooDeep(error: unknown): error is Error {
  return (error instanceof RangeError || error instanceof YAMLParseError) && /call stack/.test(error.message);
}

function unreadable(where: string, why: string, cause: Error): LamellaError {
  return new LamellaError("INVALID_PIPELINE", `${where}: ${why}`, {
    hint: "Write what it stands for in full: a pipeline is a short list of steps.",
    details: { file: where },
    cause,
  });
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
    if (Object.hasOwn(given, name)) continue;
    throw new LamellaError("INVALID_PIPELINE", `${where} has no parameter "${name}" to set`, {
      hint:
        Object.keys(given).length === 0 ? "The file has no params." : hintOfNames(name, Object.keys(given)),
    });
  }
  const params = { ...given, ...set };
  const filled = Object.fromEntries(
    Object.entries(document as object).map(([key, value]) => [
      key,
      key === "params" ? value : substitute(value as Json, params, where),
    ]),
  );
  const parsed = pipelineSchema.safeParse(filled, ASKED_ONCE);
  if (!parsed.success) throw explain(parsed.error, filled, where);
  const pipeline = parsed.data as unknown as Pipeline;
  const steps = Object.keys(pipeline.steps ?? {}).length;
  if (steps > MOST_STEPS) {
    throw new LamellaError("INVALID_PIPELINE", `${where} has ${steps} steps`, {
      hint: `There can be ${MOST_STEPS}: several of one kind are one expression, or several pipelines after one another.`,
    });
  }
  return pipeline;
}

/** A pipeline is compiled step within step. */
const MOST_STEPS = 500;
/** Lists and maps in one another, at most: no sound pipeline comes near it. */
const DEEPEST = 64;

function substitute(value: Json, params: { readonly [name: string]: Json }, where: string, depth = 0): Json {
  if (depth > DEEPEST) {
    throw new LamellaError("INVALID_PIPELINE", `${where} has lists or maps more than ${DEEPEST} deep`, {
      hint: "Nothing in a pipeline is nested so deeply.",
    });
  }
  if (typeof value === "string") {
    const look = (name: string): Json => {
      if (Object.hasOwn(params, name)) return params[name]!;
      throw new LamellaError("INVALID_PIPELINE", `${where} uses \${${name}}, which params does not have`, {
        hint:
          Object.keys(params).length === 0
            ? `Add params: { ${name}: value }.`
            : hintOfNames(name, Object.keys(params)),
      });
    };
    const whole = /^\$\{([A-Za-z_]\w*)\}$/.exec(value);
    if (whole) return look(whole[1]!);
    return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => String(look(name)));
  }
  if (Array.isArray(value)) return value.map((entry) => substitute(entry, params, where, depth + 1));
  if (typeof value === "object" && value !== null) {
    if (Object.hasOwn(value, "__proto__")) {
      throw new LamellaError("INVALID_PIPELINE", `${where} has a key named __proto__`, {
        hint: "Give it another name.",
      });
    }
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, substitute(v as Json, params, where, depth + 1)]),
    );
  }
  return value;
}
