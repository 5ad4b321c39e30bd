import { LamellaError } from "../../../errors.ts";
import { MAGIC_BYTES, recognise } from "../../../formats/magic.ts";
import { isSafeKey } from "../../../storage/key.ts";
import { SUFFIXES } from "./conversion.ts";
import type { UploadEvent } from "./event.ts";
import { errorJson, type UploadStatus, type UploadStores } from "./status.ts";

/** What lies beside images and is none: notes, tables, companions of an OME-TIFF, options of another upload. */
const BESIDE = /\.(?:lamella\.yaml|companion\.ome|txt|md|csv|tsv|json|xml|log|pdf)$/i;
/** Parts of a store that steps read as a further input: chunks, and whatever lies in a folder that is named as one. */
const IN_STORE = /\.(?:zarr|n5)\/|\/(?:zarr\.json|[\d.]+)$/i;

/** The key of the status of an object that no conversion is for; undefined where nobody asks for one. */
export function unreadStatusKey(key: string): string | undefined {
  const name = /^incoming\/((?:.+\/)?[^/.][^/]*)$/.exec(key)?.[1];
  if (name === undefined || !isSafeKey(key) || BESIDE.test(name) || IN_STORE.test(`/${name}`))
    return undefined;
  return `converted/${name}.status.json`;
}

/**
 * Tells whoever uploaded an object whose name is no image's what is wrong with it, `converted/NAME.SUFFIX.status.json`: nothing else would,
 * and they would wait. Its first bytes may say what it is.
 */
export async function tellUnread(event: UploadEvent, { data }: UploadStores): Promise<void> {
  const { bucket, object } = event.detail;
  const { key } = object;
  const at = unreadStatusKey(key);
  // one with a run is of another upload, whose name without its suffix is this one's
  if (at === undefined || (await hasRun(data, at))) return;
  const head = await data.getRange(key, 0, MAGIC_BYTES);
  if (head === undefined) return;
  const status: Omit<UploadStatus, "runId" | "output"> = {
    status: "failed",
    source: `s3://${bucket.name}/${key}`,
    etag: object.etag ?? "",
    updatedAt: new Date().toISOString(),
    error: errorJson(unread(key, head)),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(status, null, 1)}\n`);
  await data.put(at, bytes, { contentType: "application/json" });
}

function unread(key: string, head: Uint8Array): LamellaError {
  const known = recognise(head, key);
  const [, options] = /(.*)\.ya?ml$/i.exec(key) ?? [];
  const read = known && ["tiff", "czi", "hdf5"].includes(known.format);
  const names = `Images are known by their names: ${SUFFIXES.map((suffix) => `.${suffix}`).join(" ")}.`;
  const hint =
    options !== undefined
      ? `The options of an upload lie beside it as NAME.lamella.yaml.`
      : read
        ? `Upload it with the suffix of its format. ${names}`
        : `${known?.hint ? `${known.hint} ` : ""}${names}`;
  const what = known ? `it begins like ${known.name}` : "its first bytes are those of no known format";
  return new LamellaError(
    "UNKNOWN_FORMAT",
    `${key} was not converted: its name ends like no image's, and ${what}`,
    {
      hint,
      details: { key },
    },
  );
}

async function hasRun(data: UploadStores["data"], at: string): Promise<boolean> {
  const bytes = await data.get(at);
  if (!bytes) return false;
  try {
    return typeof (JSON.parse(Buffer.from(bytes).toString("utf8")) as { runId?: unknown }).runId === "string";
  } catch {
    return false;
  }
}
