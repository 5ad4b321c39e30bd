import { answerBatch } from "../batch.ts";
import { batchEvent } from "../batch-event.ts";
import { handler as made } from "../handler.ts";

/** Computes a batch of output chunks. */
export const handler = made(batchEvent, answerBatch);
