import { expect, it } from "vitest";
import { cancelOnAws } from "../../../shared/engine/aws/cancel.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

const stack = {
  stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:Lamella",
  controlBucket: "control",
  dataBucket: "",
  runTasksFunctions: {},
  workerMemoryMiB: 1024,
};

it("asks a run whose functions another computer invokes to stop, and waits for what that says", async () => {
  const folder = new RunFolder(new MemoryStore(), "run-1");
  const at = new Date().toISOString();
  await folder.writeState({
    ...{ runId: "run-1", status: "running", engine: "lambda", outputs: {}, planHash: "h" },
    ...{ createdAt: at, updatedAt: at, process: { pid: 1, host: "another.computer" } },
  });
  setTimeout(() => void folder.updateState({ status: "cancelled" }), 100);
  expect((await cancelOnAws(folder, stack)).status).toBe("cancelled");
  expect(await folder.isCancelled()).toBe(true);
});

it("waits no longer than the user does", async () => {
  const folder = new RunFolder(new MemoryStore(), "run-2");
  const at = new Date().toISOString();
  await folder.writeState({
    ...{ runId: "run-2", status: "running", engine: "lambda", outputs: {}, planHash: "h" },
    ...{ createdAt: at, updatedAt: at, process: { pid: 1, host: "another.computer" } },
  });
  await expect(cancelOnAws(folder, stack, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
});
