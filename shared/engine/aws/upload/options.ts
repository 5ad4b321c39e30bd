import { parseDocument } from "yaml";
import { type Json, LamellaError } from "../../../errors.ts";
import type { ObjectStore } from "../../../storage/store.ts";

/** An options file is a few lines; what is longer is something else. */
const MAX_BYTES = 64 * 1024;

/**
 * The options of a conversion from `incoming/NAME.lamella.yaml`, {} where there is none. Keys are those of `convert`, and with `steps`
 * those of `uploadPipeline`, checked when the plan is made. Throws INVALID_PIPELINE for what is no YAML mapping, and for `src` and `dst`,
 * which follow from the upload.
 */
export async function readOptions(
  data: ObjectStore,
  key: string,
): Promise<{ readonly [option: string]: Json }> {
  const head = await data.head(key);
  if (!head) return {};
  if (head.size > MAX_BYTES) throw invalid(key, `it has ${head.size} bytes, more than ${MAX_BYTES}`);
  const bytes = await data.get(key);
  if (!bytes) return {};
  const document = parseDocument(Buffer.from(bytes).toString("utf8"));
  const problem = document.errors[0];
  if (problem) throw invalid(key, problem.message);
  let options: unknown;
  try {
    options = document.toJS({ maxAliasCount: 20 }) ?? {};
  } catch (error) {
    throw invalid(key, error instanceof Error ? error.message : String(error));
  }
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalid(key, "it is no mapping of options");
  }
  for (const name of ["src", "dst"]) {
    if (name in options) throw invalid(key, `"${name}" can't be set: it follows from the upload`);
  }
  return options as { [option: string]: Json };
}

function invalid(key: string, problem: string): LamellaError {
  return new LamellaError("INVALID_PIPELINE", `${key}: ${problem}`, {
    hint: 'Write convert options, one a line, such as "chunks: [1, 1, 1, 1024, 1024]" or "downsample: mean".',
    details: { key },
  });
}
