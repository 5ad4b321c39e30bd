import { answerBatch, batchEvent } from "../batch.ts";
import { handler as made } from "../handler.ts";

/** Merges partial results of one level of a tree reduction. */
export const handler = made(batchEvent, answerBatch);
