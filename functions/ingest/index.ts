import { startExecution } from "../../shared/engine/aws/start.ts";
import { uploadEvent } from "../../shared/engine/aws/upload/event.ts";
import { ingestUpload } from "../../shared/engine/aws/upload/ingest.ts";
import { controlStore, dataStore, setting } from "../environment.ts";
import { handler as made } from "../handler.ts";

/** Starts the conversion of an image that arrived under incoming/; other objects are left alone. */
export const handler = made(uploadEvent, async (event) =>
  ingestUpload(event, {
    control: await controlStore(),
    data: await dataStore(),
    start: (runId, request) => startExecution(setting("STATE_MACHINE"), runId, request),
  }),
);
