import { createHash } from "node:crypto";
import type { ObjectStore } from "../../../storage/store.ts";
import { newRunId } from "../../run-id.ts";
import type { Conversion } from "./conversion.ts";
import type { UploadEvent } from "./event.ts";

/** Which upload a run converts. Kept in the control bucket under `uploads/`, where it doesn't expire with the run. */
export interface UploadRecord extends Conversion {
  readonly version: 1;
  readonly runId: string;
  readonly bucket: string;
  readonly etag: string;
  readonly sequencer: string;
}

/**
 * The one record of an upload. Events come at least once: whoever puts the record first names the run, and everyone
 * else goes on with that run. `first` is false for a repeated event.
 */
export async function claimUpload(
  control: ObjectStore,
  event: UploadEvent,
  conversion: Conversion,
): Promise<{ readonly record: UploadRecord; readonly first: boolean }> {
  const { bucket, object } = event.detail;
  const { etag = "", sequencer = "" } = object;
  // the sequencer tells two uploads of one key apart even where their bytes, and so their ETags, are equal
  const digest = sha256(JSON.stringify([bucket.name, object.key, sequencer, etag]));
  const record: UploadRecord = {
    version: 1,
    runId: `${newRunId(Date.parse(event.time)).slice(0, 10)}-${digest.slice(0, 16)}`,
    bucket: bucket.name,
    etag,
    sequencer,
    ...conversion,
  };
  const key = `${eventsOf(record)}${orderOf(record, event.time)}-${digest.slice(0, 16)}.json`;
  const first = await control.putIfAbsent(key, encode(record));
  const kept = first ? record : ((await readRecord(control, key)) ?? record);
  // after the claim and again on a repeated event, so that an attempt cut off in between leaves nothing out
  await control.put(runKey(kept.runId), encode(kept));
  return { record: kept, first };
}

/**
 * The latest upload of the key of this one, as far as events have come. Sequencers of one key compare as text, S3 says, so the last record
 * of the key's folder is the latest upload, in whatever order the events come.
 */
export async function latestUpload(control: ObjectStore, record: UploadRecord): Promise<UploadRecord> {
  let last: string | undefined;
  for await (const { key } of control.list(eventsOf(record))) last = key;
  return (last === undefined ? undefined : await readRecord(control, last)) ?? record;
}

/** True for a record of the same object's key. */
export function ofSameKey(a: UploadRecord, b: UploadRecord): boolean {
  return a.bucket === b.bucket && a.source === b.source;
}

function eventsOf({ bucket, source }: Pick<UploadRecord, "bucket" | "source">): string {
  return `uploads/events/${sha256(JSON.stringify([bucket, source])).slice(0, 32)}/`;
}

/** An event without a sequencer is ordered by its time, among those of its kind. */
function orderOf({ sequencer }: Pick<UploadRecord, "sequencer">, time: string): string {
  return sequencer === ""
    ? `T${newRunId(Date.parse(time)).slice(0, 10)}`
    : sequencer.replace(/[^0-9A-Za-z]/g, "");
}

/** The upload that a run converts, or undefined for a run that someone started otherwise. */
export function uploadOfRun(control: ObjectStore, runId: string): Promise<UploadRecord | undefined> {
  return readRecord(control, runKey(runId));
}

async function readRecord(control: ObjectStore, key: string): Promise<UploadRecord | undefined> {
  const bytes = await control.get(key);
  return bytes && (JSON.parse(Buffer.from(bytes).toString("utf8")) as UploadRecord);
}

function runKey(runId: string): string {
  return `uploads/runs/${runId}.json`;
}

function encode(record: UploadRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record, null, 1)}\n`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
