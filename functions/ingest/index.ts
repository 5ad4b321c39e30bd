import { startExecution } from "../../shared/engine/aws/start.ts";
import { uploadEvents } from "../../shared/engine/aws/upload/event.ts";
import { type IngestAnswer, ingestUpload } from "../../shared/engine/aws/upload/ingest.ts";
import type { RunRequest } from "../../shared/engine/protocol.ts";
import { controlStore, dataStore, setting } from "../environment.ts";
import { handler as made } from "../handler.ts";

/** Starts the conversion of images that arrived under incoming/; other objects are left alone. */
export const handler = made(uploadEvents, async (events) => {
  const environment = {
    control: await controlStore(),
    data: await dataStore(),
    start: (runId: string, request: RunRequest) => startExecution(setting("STATE_MACHINE"), runId, request),
  };
  const answers: IngestAnswer[] = [];
  for (const event of events) answers.push(await ingestUpload(event, environment));
  return answers;
});
