import { describe, expect, it } from "vitest";
import { type Invoker, LambdaRunner } from "../../../shared/engine/aws/lambda-runner.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import { LamellaError } from "../../../shared/errors.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

const folder = new RunFolder(new MemoryStore(), "run-1");
const stack = { runTasksFunction: "run-tasks" };
const item = { batch: 3, start: 30, end: 40 };
const result = { stage: 1, batch: 3, tasks: 10, bytesRead: 1, bytesWritten: 2, seconds: 3 };

/** Answers in turn: a thrown error of the service, a function's error, or the result. */
function invoker(
  ...answers: (Error | LamellaError | "done" | "lost")[]
): Invoker & { readonly payloads: string[] } {
  const payloads: string[] = [];
  return {
    payloads,
    async invoke(name, payload) {
      expect(name).toBe("run-tasks");
      payloads.push(payload);
      const answer = answers.shift() ?? "done";
      if (answer === "done") return { text: JSON.stringify(result), functionError: false };
      if (answer === "lost")
        return {
          text: '{"errorType":"Runtime.ExitError","errorMessage":"signal: killed"}',
          functionError: true,
        };
      if (!(answer instanceof LamellaError)) throw answer;
      const text = JSON.stringify({ errorType: answer.code, errorMessage: JSON.stringify(answer) });
      return { text, functionError: true };
    },
    async close() {},
  };
}

const throttled = Object.assign(new Error("slow down"), {
  name: "TooManyRequestsException",
  $metadata: { httpStatusCode: 429 },
});
const fault = Object.assign(new Error("oh"), {
  name: "ServiceException",
  $metadata: { httpStatusCode: 500 },
});
const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
const denied = Object.assign(new Error("no"), {
  name: "AccessDeniedException",
  $metadata: { httpStatusCode: 403 },
});

describe("invoking batches", () => {
  it("asks for the batch, and answers what it did", async () => {
    const fake = invoker("done");
    expect(await new LambdaRunner(folder, stack, { invoker: fake }).run(1, item)).toEqual(result);
    expect(fake.payloads.map((text) => JSON.parse(text))).toEqual([{ runId: "run-1", stage: 1, ...item }]);
  });

  it("tries throttles, faults of the service and the network, and a lost worker again", async () => {
    const fake = invoker(throttled, fault, reset, "lost", new LamellaError("STORAGE_FAILED", "503"));
    const told: string[] = [];
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    runner.onRetry = (_stage, { batch }, { code }) => told.push(`${batch} ${code}`);
    expect(await runner.run(1, item)).toEqual(result);
    expect(fake.payloads).toHaveLength(6);
    expect(told).toHaveLength(5);
  });

  it.each([
    ["a user's error", new LamellaError("CHUNK_DECODE", "damaged"), "CHUNK_DECODE"],
    ["a missing right", denied, "ACCESS_DENIED"],
  ])("doesn't try %s again", async (_, error, code) => {
    const fake = invoker(error);
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    await expect(runner.run(1, item)).rejects.toMatchObject({ code });
    expect(fake.payloads).toHaveLength(1);
  });

  it("gives a worker up that is lost twice", async () => {
    const fake = invoker("lost", "lost");
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    await expect(runner.run(1, item)).rejects.toMatchObject({ code: "WORKER_DIED" });
    expect(fake.payloads).toHaveLength(2);
  });

  it("waits for no other attempt once it is interrupted", async () => {
    const abort = new AbortController();
    const fake = invoker(throttled);
    abort.abort();
    const runner = new LambdaRunner(folder, stack, { invoker: fake, signal: abort.signal });
    await expect(runner.run(1, item)).rejects.toMatchObject({ code: "RUN_FAILED" });
    expect(fake.payloads).toHaveLength(1);
  });

  it("needs to know the function", () => {
    expect(() => new LambdaRunner(folder, {})).toThrow("run-tasks function");
  });
});
