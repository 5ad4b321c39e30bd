import * as z from "zod";
import { eventSchema } from "./schema.ts";

/** The JSON Schema of the documents that `--events` writes. */
export function eventJsonSchema(): object {
  return z.toJSONSchema(eventSchema);
}
