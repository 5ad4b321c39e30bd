import { beforeEach, describe, expect, it } from "vitest";
import { endInFailure, errorOfState, recordFailure } from "../../../shared/engine/aws/failures.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import { LamellaError } from "../../../shared/errors.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

const coded = new LamellaError("CHUNK_DECODE", "chunk 0/1 is damaged", {
  hint: "Copy it again.",
  details: { stage: 0, stageName: "convert", task: 3 },
});
/** As Step Functions quotes what a function threw. */
const quoted = (error: LamellaError) => ({
  Error: error.code,
  Cause: JSON.stringify({ errorType: error.code, errorMessage: JSON.stringify(error), trace: ["…"] }),
});
const MAP_FAILED = {
  Error: "States.ExceedToleratedFailureThreshold",
  Cause: "The specified tolerated failure threshold was exceeded",
};

describe("a state's failure", () => {
  it("is the coded error that the function threw", () => {
    expect(errorOfState(quoted(coded)).toJSON()).toEqual(coded.toJSON());
  });

  it("says that a worker died where the function ended without an answer", () => {
    const Cause = JSON.stringify({ errorType: "Runtime.ExitError", errorMessage: "signal: killed" });
    expect(errorOfState({ Error: "Runtime.ExitError", Cause })).toMatchObject({
      code: "WORKER_DIED",
      message: "Runtime.ExitError: signal: killed",
    });
  });

  it("is a failed run otherwise", () => {
    expect(errorOfState({ Error: "States.DataLimitExceeded", Cause: "too much" }).code).toBe("RUN_FAILED");
    expect(errorOfState({}).message).toContain("no cause given");
  });
});

describe("ending a run in failure", () => {
  let control: MemoryStore;
  let folder: RunFolder;
  const event = { runId: "run-1", stage: 0, start: 3, end: 4 };

  beforeEach(async () => {
    control = new MemoryStore();
    folder = new RunFolder(control, "run-1");
    const at = new Date(0).toISOString();
    await folder.writeState({
      runId: "run-1",
      status: "running",
      engine: "aws",
      createdAt: at,
      updatedAt: at,
      outputs: {},
      planHash: "h",
    });
  });

  it("names the batch's own reason, not the map's summary of it", async () => {
    await recordFailure(control, { ...event, batch: 3 }, coded);
    const { answer } = await endInFailure(control, "run-1", { stage: 0, failure: MAP_FAILED });
    expect(answer).toEqual({
      error: "CHUNK_DECODE",
      cause: "CHUNK_DECODE: chunk 0/1 is damaged (run run-1, stage convert, task 3). Copy it again.",
    });
    expect(await folder.state()).toMatchObject({
      status: "failed",
      failure: {
        code: "CHUNK_DECODE",
        message: "chunk 0/1 is damaged",
        hint: "Copy it again.",
        stage: 0,
        task: 3,
      },
    });
  });

  it("prefers a reason that another attempt could not have mended", async () => {
    await recordFailure(control, { ...event, batch: 0 }, new LamellaError("STORAGE_FAILED", "503"));
    await recordFailure(control, { ...event, batch: 1 }, coded);
    expect((await endInFailure(control, "run-1", { stage: 0, failure: MAP_FAILED })).answer.error).toBe(
      "CHUNK_DECODE",
    );
  });

  it("takes none that an earlier execution of the run left", async () => {
    await recordFailure(control, { ...event, batch: 1 }, coded);
    const startedAt = new Date(Date.now() + 1000).toISOString();
    const state = { stage: 0, failure: MAP_FAILED, startedAt };
    expect((await endInFailure(control, "run-1", state)).answer.error).toBe("RUN_FAILED");
    const earlier = { ...state, startedAt: new Date(Date.now() - 1000).toISOString() };
    expect((await endInFailure(control, "run-1", earlier)).answer.error).toBe("CHUNK_DECODE");
  });

  it("leaves a run that has succeeded as it is", async () => {
    await folder.updateState({ status: "succeeded" });
    await endInFailure(control, "run-1", { failure: quoted(coded) });
    const state = await folder.state();
    expect(state.status).toBe("succeeded");
    expect(state.failure).toBeUndefined();
  });

  it("takes the state's own where no batch left one", async () => {
    expect((await endInFailure(control, "run-1", { stage: 0, failure: MAP_FAILED })).answer.error).toBe(
      "RUN_FAILED",
    );
  });

  it("answers for a run that failed before it had a folder", async () => {
    const { answer } = await endInFailure(control, "run-2", { failure: quoted(coded) });
    expect(answer.cause).toContain("chunk 0/1 is damaged");
    const kept = await new RunFolder(control, "run-2").state();
    expect(kept).toMatchObject({ status: "failed", failure: { code: "CHUNK_DECODE" }, outputs: {} });
  });

  it("keeps the cause within what Step Functions takes", async () => {
    const long = new LamellaError("TASK_FAILED", "x".repeat(100_000));
    expect(
      (await endInFailure(control, "run-1", { failure: quoted(long) })).answer.cause.length,
    ).toBeLessThan(32_768);
  });
});
