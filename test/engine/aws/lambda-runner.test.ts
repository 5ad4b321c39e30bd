import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Invoker, LAMBDA_WINDOW, LambdaRunner } from "../../../shared/engine/aws/lambda-runner.ts";
import { runBatch } from "../../../shared/engine/lambda/run-batch.ts";
import { runLocally } from "../../../shared/engine/local/engine.ts";
import type { BatchEvent } from "../../../shared/engine/protocol.ts";
import { beginRun } from "../../../shared/engine/run.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import { LamellaError } from "../../../shared/errors.ts";
import { projectedPeak } from "../../../shared/plan/budget.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { InlineTasks } from "../../support/inline-tasks.ts";
import { pretendArray } from "../../support/pretend-array.ts";
import { planOf } from "../../support/run.ts";

const folder = new RunFolder(new MemoryStore(), "run-1");
const stack = { runTasksFunctions: { 1769: "run-tasks" } };
const tiers = { runTasksFunctions: { 10240: "largest", 1769: "run-tasks", 3538: "larger" } };
const item = { batch: 3, start: 30, end: 40 };
const result = { stage: 0, batch: 3, tasks: 10, bytesRead: 1, bytesWritten: 2, seconds: 3 };

/** Answers in turn: a thrown error of the service, a function's error, or the result. */
function invoker(
  ...answers: (Error | LamellaError | "done" | "again" | "lost")[]
): Invoker & { readonly names: string[]; readonly payloads: string[] } {
  const names: string[] = [];
  const payloads: string[] = [];
  return {
    names,
    payloads,
    async invoke(name, payload) {
      names.push(name);
      payloads.push(payload);
      const answer = answers.shift() ?? "done";
      if (answer === "again")
        return { text: JSON.stringify({ ...result, tasks: 4, outcome: "again" }), functionError: false };
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

let base = "";
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-runner-"));
  await pretendArray(path.join(base, "in.zarr"), [40, 512, 512], [1, 256, 256]);
  await fs.rm(path.join(base, "in.zarr/c"), { recursive: true });
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: { b: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 3 } } },
    outputs: { b: { zarr: "b.zarr" } },
  };
  await folder.writePlan(await planOf(document, base, { budget: { workers: 1, memoryMiB: 3538 } }));
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

describe("invoking batches", () => {
  it("asks for the batch, and answers what it did", async () => {
    const fake = invoker("done");
    expect(await new LambdaRunner(folder, stack, { invoker: fake }).run(0, item)).toEqual(result);
    const child = { id: expect.any(String), startedAt: expect.any(String), seconds: 31_536_000 };
    expect(fake.payloads.map((text) => JSON.parse(text))).toEqual([
      { runId: "run-1", stage: 0, ...item, threads: 1, child },
    ]);
    expect(fake.names).toEqual(["run-tasks"]);
  });

  it("goes on with a batch that hands back what is left, and counts all of it", async () => {
    const fake = invoker("again", "again", "done");
    expect(await new LambdaRunner(folder, stack, { invoker: fake }).run(0, item)).toMatchObject({
      tasks: 18,
      bytesWritten: 6,
    });
    expect(fake.payloads.map((text) => JSON.parse(text).again)).toEqual([undefined, true, true]);
  });

  it("takes a batch whose function is lost to the next larger one, once a tier, and tells it why", async () => {
    const fake = invoker("lost", new LamellaError("OUT_OF_TIME", "long"), "done");
    expect(await new LambdaRunner(folder, tiers, { invoker: fake }).run(0, item)).toEqual(result);
    expect(fake.names).toEqual(["run-tasks", "larger", "largest"]);
    expect(fake.payloads.map((text) => JSON.parse(text).lost)).toEqual([
      undefined,
      "Runtime.ExitError@1769 ",
      "Runtime.ExitError@1769 OUT_OF_TIME@3538 ",
    ]);
  });

  it("tries throttles, faults of the service and the network, and a lost worker again", async () => {
    const fake = invoker(throttled, fault, reset, "lost", new LamellaError("STORAGE_FAILED", "503"));
    const told: string[] = [];
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    runner.onRetry = (_stage, { batch }, { code }) => told.push(`${batch} ${code}`);
    expect(await runner.run(0, item)).toEqual(result);
    expect(fake.payloads).toHaveLength(6);
    expect(told).toHaveLength(5);
  });

  it.each([
    ["a user's error", new LamellaError("CHUNK_DECODE", "damaged"), "CHUNK_DECODE"],
    ["a missing right", denied, "ACCESS_DENIED"],
  ])("doesn't try %s again", async (_, error, code) => {
    const fake = invoker(error);
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    await expect(runner.run(0, item)).rejects.toMatchObject({ code });
    expect(fake.payloads).toHaveLength(1);
  });

  it("gives a worker up that is lost twice", async () => {
    const fake = invoker("lost", "lost");
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    await expect(runner.run(0, item)).rejects.toMatchObject({ code: "WORKER_DIED" });
    expect(fake.payloads).toHaveLength(2);
  });

  it("waits for no other attempt once it is interrupted", async () => {
    const abort = new AbortController();
    const fake = invoker(throttled);
    abort.abort();
    const runner = new LambdaRunner(folder, stack, { invoker: fake, signal: abort.signal });
    await expect(runner.run(0, item)).rejects.toMatchObject({ code: "RUN_FAILED" });
    expect(fake.payloads).toHaveLength(1);
  });

  it("tells a function which attempt at the batch it belongs to", async () => {
    const fake = invoker("again", "done", "done");
    const runner = new LambdaRunner(folder, stack, { invoker: fake });
    await runner.run(0, item);
    await runner.run(0, item);
    const [first, second, third] = fake.payloads.map((text) => JSON.parse(text).child.id);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("invokes nothing once it is closed: neither what failed by that, nor what hands back", async () => {
    for (const answer of [reset, "again"] as const) {
      const fake = invoker();
      const asked = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<void>();
      let invoked = 0;
      const runner = new LambdaRunner(folder, stack, {
        invoker: {
          async invoke() {
            invoked++;
            asked.resolve();
            await answered.promise;
            if (answer === "again")
              return { text: JSON.stringify({ ...result, outcome: "again" }), functionError: false };
            throw answer;
          },
          close: () => fake.close(),
        },
      });
      const running = runner.run(0, item);
      await asked.promise;
      await runner.close();
      answered.resolve();
      await expect(running).rejects.toMatchObject({ code: "INTERRUPTED" });
      expect(invoked).toBe(1);
    }
  });

  it("waits no longer for functions at work soon after it is interrupted", async () => {
    const server = http.createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", `http://127.0.0.1:${port}`);
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    try {
      const abort = new AbortController();
      const runner = new LambdaRunner(folder, stack, { signal: abort.signal });
      server.once("request", () => abort.abort());
      const batches = Array.from({ length: 20 }, (_, batch) => runner.run(0, { ...item, batch }));
      const ended = await Promise.allSettled(batches);
      expect(ended.map((each) => each.status === "rejected" && each.reason.code)).toEqual(
        Array(20).fill("INTERRUPTED"),
      );
      await runner.close();
    } finally {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      server.close();
    }
  }, 20_000);

  it("fills the threads of the function, and is projected as one of them", async () => {
    const control = new MemoryStore();
    const document = {
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      steps: { mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 3 } } },
      outputs: { mask: { zarr: "mask.zarr", chunks: [1, 512, 512] } },
    };
    const plan = await planOf(document, base, { budget: { workers: 1, memoryMiB: 1500 } });
    const run = await beginRun(plan, control, "lambda");
    const events: BatchEvent[] = [];
    const tasks = new InlineTasks(run);
    const invoker: Invoker = {
      async invoke(_, payload) {
        const event = JSON.parse(payload) as BatchEvent;
        events.push(event);
        const context = { remainingMs: () => 900_000, tierMB: 7076, runner: tasks };
        return { text: JSON.stringify(await runBatch(control, event, context)), functionError: false };
      },
      async close() {},
    };
    const runner = new LambdaRunner(run, { runTasksFunctions: { 7076: "wide" } }, { invoker });
    const report = await runLocally(run, plan, { workers: LAMBDA_WINDOW, runner });
    expect(report.status).toBe("succeeded");
    const [stage] = plan.stages;
    expect(stage!.tasks).toBeGreaterThan(8);
    expect(events.map(({ threads }) => threads)).toEqual(events.map(() => 4));
    for (const { start, end } of events.slice(0, -1)) expect(end - start).toBe(4);
    expect(events).toHaveLength(Math.ceil(stage!.tasks / 4));
    expect(report.stages[0]!.projectedMiB).toBe(Math.ceil(projectedPeak(stage!.memory, 4) / 2 ** 20));
  });

  it("needs to know the function", () => {
    expect(() => new LambdaRunner(folder, { runTasksFunctions: {} })).toThrow("run-tasks function");
  });
});
