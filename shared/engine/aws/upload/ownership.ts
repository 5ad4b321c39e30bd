import { LamellaError } from "../../../errors.ts";
import { CLAIM_KEY } from "../../../plan/outputs.ts";
import type { ObjectStore } from "../../../storage/store.ts";
import { type UploadRecord, uploadOfRun } from "./records.ts";
import type { UploadStores } from "./status.ts";

/**
 * True where the output exists and was made, or begun, by an earlier upload of the same key, so that this one may
 * replace it; false where there is nothing. Throws OUTPUT_EXISTS for what came from elsewhere: another upload of the
 * same name with another suffix, a run, a copy. An unfinished output is known by its claim, a finished one by its
 * provenance.
 */
export async function madeFrom({ control, data }: UploadStores, record: UploadRecord): Promise<boolean> {
  const output = data.child(record.output);
  const first = await firstKey(output);
  if (first === undefined) return false;
  const claim = await json(output, CLAIM_KEY);
  const claimedBy = claim && typeof claim["runId"] === "string" ? claim["runId"] : undefined;
  const source = `s3://${record.bucket}/${record.source}`;
  const ours =
    claimedBy === undefined
      ? (await inputsOf(output)).includes(source)
      : (await uploadOfRun(control, claimedBy))?.source === record.source;
  if (ours) return true;
  throw new LamellaError("OUTPUT_EXISTS", `${output.uri} exists, and was not made from ${source}`, {
    hint: "Upload under another name, or move what is there.",
    details: { output: output.uri, source, found: first },
  });
}

/** The URIs of the inputs that a finished output's provenance names. */
async function inputsOf(output: ObjectStore): Promise<string[]> {
  const group = await json(output, "zarr.json");
  const attributes = group ? group["attributes"] : await json(output, ".zattrs");
  const inputs = field(field(attributes, "lamella"), "inputs");
  return Array.isArray(inputs) ? inputs.map((input) => String(field(input, "uri"))) : [];
}

async function firstKey(store: ObjectStore): Promise<string | undefined> {
  for await (const { key } of store.list("")) return key;
  return undefined;
}

async function json(
  store: ObjectStore,
  key: string,
): Promise<{ readonly [key: string]: unknown } | undefined> {
  const bytes = await store.get(key);
  if (!bytes) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as { [key: string]: unknown })[name]
    : undefined;
}
