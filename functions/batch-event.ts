import * as z from "zod";
import type { BatchEvent } from "../shared/engine/protocol.ts";

const count = z.int().nonnegative();

/** One item of a stage's manifest with its run and stage. */
export const batchEvent: z.ZodType<BatchEvent> = z.object({
  runId: z.string(),
  stage: count,
  batch: count,
  start: count,
  end: count,
  threads: z.int().positive().exactOptional(),
  again: z.boolean().exactOptional(),
  retry: count.exactOptional(),
  lost: z.string().exactOptional(),
  child: z.object({ id: z.string(), startedAt: z.string(), seconds: z.number() }).exactOptional(),
});
