import { z } from "zod";
import { LamellaError, toLamellaError } from "../shared/errors.ts";

/** What Lambda tells a handler besides the event; the part in use. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/**
 * A Lambda handler: the event is checked against `schema`, and a failure leaves as an error whose name is its code
 * (what the state machine's Retry and Catch match) and whose message is the coded error as JSON.
 */
export function handler<Event, Answer>(
  schema: z.ZodType<Event>,
  answer: (event: Event, context: LambdaContext) => Promise<Answer>,
): (event: unknown, context: LambdaContext) => Promise<Answer> {
  return async (event, context) => {
    try {
      return await answer(parsed(schema, event), context);
    } catch (thrown) {
      const error = toLamellaError(thrown);
      console.error(error.code === "INTERNAL" ? thrown : JSON.stringify(error));
      throw Object.assign(new Error(JSON.stringify(error)), { name: error.code });
    }
  };
}

function parsed<Event>(schema: z.ZodType<Event>, event: unknown): Event {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `the event is not understood: ${z.prettifyError(result.error)}`,
    {
      hint: "Start the state machine with a pipeline, a pipelineUri, a convert request or a runId.",
    },
  );
}
