import * as z from "zod";
import { LamellaError, toLamellaError } from "../shared/errors.ts";
import { fieldsOf } from "./telemetry/fields.ts";
import { log, sayEverywhere } from "./telemetry/log.ts";
import { trace } from "./telemetry/trace.ts";

/** What Lambda tells a handler besides the event; the part in use. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
  readonly awsRequestId?: string;
  readonly functionName?: string;
  readonly functionVersion?: string;
  readonly memoryLimitInMB?: string;
}

/**
 * A Lambda handler: the event is checked against `schema`, and a failure leaves as an error whose name is its code
 * (what the state machine's Retry and Catch match) and whose message is the coded error as JSON. How it ended is logged and traced.
 */
export function handler<Event, Answer>(
  schema: z.ZodType<Event>,
  answer: (event: Event, context: LambdaContext) => Promise<Answer>,
): (event: unknown, context: LambdaContext) => Promise<Answer> {
  return async (event, context) => {
    const startedAt = Date.now();
    const { awsRequestId, functionName, functionVersion, memoryLimitInMB } = context;
    const fields = fieldsOf(event);
    sayEverywhere({
      requestId: awsRequestId,
      functionName,
      version: functionVersion,
      memoryMB: Number(memoryLimitInMB) || undefined,
      ...fields,
    });
    let failed = true;
    try {
      const answered = await answer(parsed(schema, event), context);
      failed = false;
      log("INFO", "answered", { ...fieldsOf(answered), seconds: (Date.now() - startedAt) / 1000 });
      return answered;
    } catch (thrown) {
      const error = toLamellaError(thrown);
      const stack = error.code === "INTERNAL" && thrown instanceof Error ? thrown.stack : undefined;
      log("ERROR", error.message, { code: error.code, hint: error.hint, details: error.details, stack });
      throw Object.assign(new Error(JSON.stringify(error)), { name: error.code });
    } finally {
      await trace("Lamella", startedAt, fields, failed).catch(() => {});
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
