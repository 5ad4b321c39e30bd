import type { Json, LamellaError } from "../../../errors.ts";
import type { ObjectStore } from "../../../storage/store.ts";
import type { StageTurn } from "../../protocol.ts";
import { ofSameKey, type UploadRecord, uploadOfRun } from "./records.ts";

/** `converted/NAME.status.json`: how far the conversion of an upload is, and what went wrong. */
export interface UploadStatus {
  readonly status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly source: string;
  /** ETag of the object that is, or was, converted. */
  readonly etag: string;
  readonly output: string;
  readonly runId: string;
  readonly updatedAt: string;
  /** The stage at work: its place in the plan, name, and number of batches. */
  readonly stage?: { readonly index: number; readonly name: string; readonly batches: number };
  readonly error?: Json;
}

export interface UploadStores {
  readonly control: ObjectStore;
  readonly data: ObjectStore;
}

/** True where the status tells of a later upload: an earlier one, overtaken, has nothing more to say. */
export async function isOvertaken({ control, data }: UploadStores, record: UploadRecord): Promise<boolean> {
  const bytes = await data.get(record.status);
  if (!bytes) return false;
  let runId: unknown;
  try {
    ({ runId } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<UploadStatus>);
  } catch {
    return false;
  }
  if (typeof runId !== "string" || runId === record.runId) return false;
  const other = await uploadOfRun(control, runId);
  // events bear whole seconds: which of two uploads of one key came later their sequencers tell
  if (other && ofSameKey(other, record) && other.sequencer !== record.sequencer)
    return other.sequencer > record.sequencer;
  // run ids begin with their upload's time
  return runId.slice(0, 10) > record.runId.slice(0, 10);
}

/** Writes the status of an upload, unless a later upload of the same name has written its own. */
export async function writeStatus(
  stores: UploadStores,
  record: UploadRecord,
  rest: Pick<UploadStatus, "status" | "stage" | "error">,
): Promise<void> {
  if (await isOvertaken(stores, record)) return;
  const status: UploadStatus = {
    status: rest.status,
    source: `s3://${record.bucket}/${record.source}`,
    etag: record.etag,
    output: `s3://${record.bucket}/${record.output}`,
    runId: record.runId,
    updatedAt: new Date().toISOString(),
    ...(rest.stage ? { stage: rest.stage } : {}),
    ...(rest.error ? { error: rest.error } : {}),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(status, null, 1)}\n`);
  await stores.data.put(record.status, bytes, { contentType: "application/json" });
}

/** Notes the stage that a run is about to do, where an upload started it. */
export async function reportProgress(stores: UploadStores, turn: StageTurn): Promise<void> {
  const record = await uploadOfRun(stores.control, turn.runId);
  if (!record) return;
  const { stage: index, name, batches } = turn;
  const known = index !== undefined && name !== undefined && batches !== undefined;
  await writeStatus(stores, record, {
    status: "running",
    ...(known ? { stage: { index, name, batches } } : {}),
  });
}

/** Notes how a run ended, where an upload started it. */
export async function reportEnd(
  stores: UploadStores,
  runId: string,
  error: LamellaError | undefined,
): Promise<void> {
  const record = await uploadOfRun(stores.control, runId);
  if (!record) return;
  if (!error) return writeStatus(stores, record, { status: "succeeded" });
  await writeStatus(stores, record, {
    status: error.code === "CANCELLED" ? "cancelled" : "failed",
    error: errorJson(error),
  });
}

/** A coded error as the status and the command line's `--json` show it. */
export function errorJson(error: LamellaError): Json {
  return { ...error.toJSON() };
}
