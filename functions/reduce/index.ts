import { answerBatch } from "../batch.ts";
import { batchEvent } from "../batch-event.ts";
import { handler as made } from "../handler.ts";

/** Merges partial results of one level of a tree reduction. */
export const handler = made(batchEvent, answerBatch);
