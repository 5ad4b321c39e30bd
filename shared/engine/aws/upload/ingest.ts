import { LamellaError, toLamellaError } from "../../../errors.ts";
import type { RunRequest } from "../../protocol.ts";
import { conversionOf } from "./conversion.ts";
import type { UploadEvent } from "./event.ts";
import { readOptions } from "./options.ts";
import { madeFrom } from "./ownership.ts";
import { claimUpload, latestUpload, type UploadRecord } from "./records.ts";
import { errorJson, isOvertaken, type UploadStores, writeStatus } from "./status.ts";
import { tellUnread } from "./unread.ts";
import { uploadPipeline } from "./upload-pipeline.ts";

export interface IngestEnvironment extends UploadStores {
  /** Starts the run on the state machine; starting it again under the same id changes nothing. */
  start(runId: string, request: RunRequest): Promise<unknown>;
}

/** What became of an event. */
export type IngestAnswer =
  | { readonly ignored: string }
  | { readonly runId: string; readonly refused?: string };

/**
 * Starts one conversion for one upload. Events come at least once and in any order: a repeated one starts nothing new.
 * What is wrong with the request goes into `converted/NAME.status.json`; what is wrong with storage is thrown, so
 * that the event is delivered again.
 */
export async function ingestUpload(
  event: UploadEvent,
  environment: IngestEnvironment,
): Promise<IngestAnswer> {
  const { key } = event.detail.object;
  const conversion = conversionOf(key);
  if (!conversion) {
    await tellUnread(event, environment);
    return { ignored: key };
  }
  const { record, first } = await claimUpload(environment.control, event, conversion);
  const latest = await latestUpload(environment.control, record);
  // a later upload of the key has an event, and a conversion, of its own
  if (latest.runId !== record.runId || (await isOvertaken(environment, record))) return { ignored: key };
  try {
    const request = await requestOf(record, environment);
    // before the run starts: the run's own reports come after it
    if (first) await writeStatus(environment, record, { status: "queued" });
    await environment.start(record.runId, request);
    return { runId: record.runId };
  } catch (thrown) {
    const error = toLamellaError(thrown);
    if (error.exitStatus !== 2 && error.exitStatus !== 3) throw thrown;
    await writeStatus(environment, record, { status: "failed", error: errorJson(error) });
    return { runId: record.runId, refused: error.code };
  }
}

async function requestOf(record: UploadRecord, { control, data }: UploadStores): Promise<RunRequest> {
  if (record.source.includes("#")) {
    throw new LamellaError("UNSUPPORTED_URI", `${record.source}: a name with "#" can't be written as a URI`, {
      hint: 'Upload it under a name without "#".',
      details: { key: record.source },
    });
  }
  const options = await readOptions(data, record.options);
  const overwrite = await madeFrom({ control, data }, record);
  if ("steps" in options)
    return { pipeline: uploadPipeline(options, record), options: { runId: record.runId, overwrite } };
  return {
    convert: {
      ...options,
      src: `s3://${record.bucket}/${record.source}`,
      dst: `s3://${record.bucket}/${record.output}`,
    },
    options: { runId: record.runId, overwrite },
  };
}
