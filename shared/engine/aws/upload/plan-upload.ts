import { isLamellaError, LamellaError } from "../../../errors.ts";
import { type PlanEnvironment, planRun } from "../../plan-run.ts";
import type { RunRequest, StageTurn } from "../../protocol.ts";
import { madeFrom } from "./ownership.ts";
import { latestUpload, type UploadRecord, uploadOfRun } from "./records.ts";
import type { UploadStores } from "./status.ts";

/** How often a conversion tries to take an output from earlier uploads of the same key, which may be at it still. */
const TRIES = 5;

/**
 * Plans a request as `planRun`; that of an upload takes its output over from earlier uploads of the same key, whether they are done or
 * still at it, so that of many at one time the latest is converted. Throws CANCELLED for one that a later upload has overtaken.
 */
export async function planRequest(
  request: RunRequest,
  stores: UploadStores,
  environment: PlanEnvironment,
): Promise<StageTurn> {
  const runId = "runId" in request ? undefined : request.options?.runId;
  const record = runId === undefined ? undefined : await uploadOfRun(stores.control, runId);
  if (!record || "runId" in request) return planRun(request, environment);
  for (let attempt = 1; ; attempt++) {
    await requireLatest(stores, record);
    // asked again: an earlier upload may have begun, or ended, since this one was taken in
    const options = { ...request.options, overwrite: await madeFrom(stores, record) };
    try {
      return await planRun({ ...request, options }, environment);
    } catch (error) {
      const taken = isLamellaError(error) && ["OUTPUT_EXISTS", "OUTPUT_CLAIMED"].includes(error.code);
      if (!taken || attempt >= TRIES) throw error;
    }
  }
}

async function requireLatest({ control }: UploadStores, record: UploadRecord): Promise<void> {
  const latest = await latestUpload(control, record);
  if (latest.runId === record.runId) return;
  throw new LamellaError(
    "CANCELLED",
    `${record.source} was uploaded again: run ${latest.runId} converts the later upload`,
    { hint: `Look at \`lamella status ${latest.runId}\`.`, details: { runId: latest.runId } },
  );
}
