import { answerBatch, batchEvent } from "../batch.ts";
import { handler as made } from "../handler.ts";

/** Computes a batch of output chunks. */
export const handler = made(batchEvent, answerBatch);
