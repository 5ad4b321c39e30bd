import * as z from "zod";
import { planRequest } from "../../shared/engine/aws/upload/plan-upload.ts";
import { reportProgress } from "../../shared/engine/aws/upload/status.ts";
import type { RunRequest } from "../../shared/engine/protocol.ts";
import { bundleKey } from "../../shared/kernels/own/load.ts";
import { controlStore, dataStore } from "../environment.ts";
import { executionSchema, runIdOf } from "../execution.ts";
import { handler as made } from "../handler.ts";
import { turnOptions, withFunctions } from "../turn.ts";

const options = z.strictObject({
  overwrite: z.boolean().optional(),
  set: z.record(z.string(), z.json()).optional(),
  memoryMiB: z.number().positive().optional(),
  maxCostUsd: z.number().positive().optional(),
  runId: z.string().optional(),
});
const request = z.union([
  z.strictObject({ runId: z.string(), stage: z.int().nonnegative().optional() }),
  z.strictObject({ pipelineUri: z.string(), options: options.optional() }),
  z.strictObject({ pipeline: z.record(z.string(), z.json()), options: options.optional() }),
  z.strictObject({
    convert: z.object({ src: z.string(), dst: z.string() }).catchall(z.json()),
    options: options.optional(),
  }),
]);
const event = z.object({ request, execution: executionSchema });

/** Compiles the request, or loads the plan that the command line left, and answers the first turn of the stage loop. */
export const handler = made(event, async ({ request, execution }, context) => {
  const stores = { control: await controlStore(), data: await dataStore() };
  const turn = await planRequest(named(request as RunRequest, runIdOf(execution)), stores, {
    control: stores.control,
    ...turnOptions(context),
    execution: execution.name,
    onFunctions: true,
    ...(process.env["UPLOAD_KERNELS"] === "true"
      ? { published: (sha256: string) => stores.control.get(bundleKey(sha256)) }
      : {}),
  });
  await reportProgress(stores, turn);
  return withFunctions(turn);
});

function named(request: RunRequest, runId: string): RunRequest {
  return "runId" in request ? request : { ...request, options: { runId, ...request.options } };
}
