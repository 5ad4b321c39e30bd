import type { Json } from "../../shared/errors.ts";
import type { Fields } from "./log.ts";

/** Of events and answers, the fields by which lines and traces are found; data stays out of logs. */
const NAMES = [
  "runId",
  "stage",
  "batch",
  "action",
  "kind",
  "function",
  "batches",
  "outcome",
  "done",
  "refused",
  "ignored",
];
/** Where an event holds them too. */
const WITHIN = ["request", "options", "state", "event"];

/** What a log says of an event, or of an answer. */
export function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) return {};
  const object = value as { readonly [name: string]: Json | undefined };
  const own = NAMES.flatMap((name): [string, Json][] => {
    const field = object[name];
    return ["string", "number", "boolean"].includes(typeof field) ? [[name, field!]] : [];
  });
  return Object.assign({}, ...WITHIN.map((name) => fieldsOf(object[name])), Object.fromEntries(own));
}
