import { describe, expect, it } from "vitest";
import { RunFolder, type RunState } from "../../shared/engine/run-folder.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";

const FAILED: RunState = {
  runId: "a-run",
  status: "failed",
  engine: "local",
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  outputs: {},
  planHash: "0",
  failure: { code: "CHUNK_DECODE", message: "chunk 0.0 does not decode", stage: 0 },
};

async function failedRun(): Promise<RunFolder> {
  const folder = new RunFolder(new MemoryStore(), "a-run");
  await folder.writeState(FAILED);
  return folder;
}

describe("a run's state", () => {
  it.each(["running", "succeeded"] as const)("forgets its failure when it is %s", async (status) => {
    const folder = await failedRun();
    await folder.updateState({ status });
    expect(await folder.state()).toMatchObject({ status, createdAt: FAILED.createdAt });
    expect(await folder.state()).not.toHaveProperty("failure");
  });

  it("keeps its failure else, and takes another", async () => {
    const folder = await failedRun();
    await folder.updateState({ stage: 1 });
    expect(await folder.state()).toMatchObject({ status: "failed", stage: 1, failure: FAILED.failure! });
    await folder.updateState({ status: "cancelled", failure: { code: "CANCELLED", message: "by you" } });
    expect((await folder.state()).failure).toEqual({ code: "CANCELLED", message: "by you" });
  });

  it("is never another after a bit has flipped", async () => {
    const folder = await failedRun();
    const whole = (await folder.store.get("state.json"))!;
    for (let at = 0; at < whole.length; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 1 << (at % 8);
      await folder.store.put("state.json", bytes);
      const state = await folder.state().catch((error: { code: string }) => error.code);
      if (state !== "PLAN_INVALID") expect(state).toMatchObject(FAILED);
    }
  });

  it.each([[[1]], [null], [5], [{}], [{ ...FAILED, status: "asleep" }], [{ ...FAILED, outputs: 5 }]])(
    "without a checksum must be one: %j",
    async (document) => {
      const folder = await failedRun();
      await folder.store.put("state.json", new TextEncoder().encode(JSON.stringify(document)));
      await expect(folder.state()).rejects.toMatchObject({ code: "PLAN_INVALID" });
    },
  );

  it("of an earlier version has no checksum, and is believed", async () => {
    const folder = await failedRun();
    await folder.store.put("state.json", new TextEncoder().encode(JSON.stringify(FAILED)));
    expect(await folder.state()).toEqual(FAILED);
  });
});
