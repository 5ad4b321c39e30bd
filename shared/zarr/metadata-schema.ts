import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import type { Json } from "../errors.ts";

// Every thread that reads an array checks documents by these. The whole of zod takes longer to load than the array's first chunk;
// this part of it doesn't, and has no messages unless it is told the language.
z.config(en());

/** Lengths along axes. */
export const lengths = z.array(z.int().check(z.minimum(0)));

/** Any JSON: it was parsed from a document. */
export const json = z.custom<Json>(() => true);

/** What a schema makes of a document. Throws what `fail` makes of the first thing that is wrong: "chunks.1: Invalid input". */
export function checked<Schema extends z.ZodMiniType>(
  schema: Schema,
  document: unknown,
  fail: (what: string) => Error,
): z.output<Schema> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.join(".");
  throw fail(place === "" ? issue.message : `${place}: ${issue.message}`);
}
