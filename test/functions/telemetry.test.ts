import { createSocket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { handler } from "../../functions/handler.ts";
import { fieldsOf } from "../../functions/telemetry/fields.ts";
import { logBatch, NAMESPACE } from "../../functions/telemetry/metrics.ts";
import { trace } from "../../functions/telemetry/trace.ts";
import { LamellaError } from "../../shared/errors.ts";

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
const logged = () => lines.map((line) => JSON.parse(line));

const context = {
  getRemainingTimeInMillis: () => 1000,
  awsRequestId: "request-1",
  functionName: "run-tasks",
  functionVersion: "7",
  memoryLimitInMB: "3538",
};
const event = { runId: "run-1", stage: 2, batch: 5, start: 40, end: 48 };

describe("a handler's log", () => {
  it("says of every invocation which run, stage, batch, request and version it was", async () => {
    const made = handler(z.looseObject({}), async () => ({ outcome: "done", objects: ["data"] }));
    await made(event, context);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(logged()[0]).toMatchObject({
      ...{ level: "INFO", message: "answered", runId: "run-1", stage: 2, batch: 5, outcome: "done" },
      ...{ requestId: "request-1", functionName: "run-tasks", version: "7", memoryMB: 3538 },
    });
    expect(lines[0]).not.toContain("data");
  });

  it("says what was wrong, with its code and where", async () => {
    const error = new LamellaError("CHUNK_DECODE", "damaged", { hint: "Copy it.", details: { task: 41 } });
    const made = handler(z.looseObject({}), async () => Promise.reject(error));
    await expect(made(event, context)).rejects.toThrow("damaged");
    expect(logged()).toMatchObject([
      { level: "ERROR", code: "CHUNK_DECODE", message: "damaged", details: { task: 41 }, runId: "run-1" },
    ]);
  });

  it("forgets one invocation's run before the next", async () => {
    const made = handler(z.looseObject({}), async () => ({}));
    await made(event, context);
    await made({ action: "fail", state: { runId: "run-2" } }, context);
    expect(logged()[1]).toMatchObject({ runId: "run-2", action: "fail" });
    expect(logged()[1]).not.toHaveProperty("batch");
  });
});

describe("fields of an event", () => {
  it("are found where each kind of event has them, the outermost first", () => {
    expect(fieldsOf({ request: { runId: "a", pipeline: { big: 1 } }, execution: {} })).toEqual({
      runId: "a",
    });
    expect(fieldsOf({ request: { convert: {}, options: { runId: "b" } } })).toEqual({ runId: "b" });
    expect(fieldsOf({ action: "lost", event: { runId: "c", batch: 1 }, failure: {} })).toEqual({
      ...{ action: "lost", runId: "c", batch: 1 },
    });
    expect(fieldsOf({ stage: 1, state: { stage: 2 } })).toEqual({ stage: 1 });
    expect(fieldsOf("text")).toEqual({});
  });
});

describe("a batch's metrics", () => {
  const result = { stage: 2, batch: 5, tasks: 8, bytesRead: 100, bytesWritten: 50, seconds: 1.5 };

  it("are in CloudWatch's embedded format, by stack and function", () => {
    vi.stubEnv("STACK_NAME", "Mine");
    vi.stubEnv("FUNCTION_KIND", "reduce");
    const lost = "Runtime.ExitError@1769 ";
    logBatch({ ...event, retry: 2, lost }, { ...result, outcome: "done" });
    const [line] = logged();
    const [directive] = line._aws.CloudWatchMetrics;
    expect(directive).toMatchObject({ Namespace: NAMESPACE, Dimensions: [["Stack"], ["Stack", "Function"]] });
    for (const dimension of directive.Dimensions.flat()) expect(line[dimension]).toMatch(/^(Mine|reduce)$/);
    const values = Object.fromEntries(
      directive.Metrics.map(({ Name }: { Name: string }) => [Name, line[Name]]),
    );
    expect(values).toEqual({
      ...{ BytesRead: 100, BytesWritten: 50, BatchSeconds: 1.5, Tasks: 8 },
      ...{ Retries: 1, Escalations: 1, HandBacks: 0 },
    });
    expect(Math.abs(line._aws.Timestamp - Date.now())).toBeLessThan(60_000);
  });

  it("count an escalation once, when the batch is done", () => {
    logBatch({ ...event, lost: "OUT_OF_TIME@1769 " }, { ...result, outcome: "again" });
    expect(logged()[0]).toMatchObject({ Escalations: 0, HandBacks: 1, Retries: 0, outcome: "again" });
  });
});

describe("a trace", () => {
  it("is a subsegment of the invocation's, with annotations, sent to the daemon", async () => {
    const daemon = createSocket("udp4");
    await new Promise<void>((resolve) => daemon.bind(0, "127.0.0.1", resolve));
    const received = new Promise<string>((resolve) =>
      daemon.once("message", (text) => resolve(String(text))),
    );
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", `127.0.0.1:${daemon.address().port}`);
    vi.stubEnv(
      "_X_AMZN_TRACE_ID",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    );
    await trace("Lamella", 1_000_000, { runId: "run-1", stage: 2 }, true);
    const [header, document] = (await received).split("\n");
    daemon.close();
    expect(JSON.parse(header!)).toEqual({ format: "json", version: 1 });
    expect(JSON.parse(document!)).toMatchObject({
      ...{ type: "subsegment", name: "Lamella", start_time: 1000, fault: true },
      ...{ trace_id: "1-5759e988-bd862e3fe1be46a994272793", parent_id: "53995c3f42cd8ad8" },
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      annotations: { runId: "run-1", stage: 2 },
    });
  });

  it.each(["", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", "nonsense"])(
    "is not sent for an invocation that isn't sampled: %s",
    async (header) => {
      const daemon = createSocket("udp4");
      await new Promise<void>((resolve) => daemon.bind(0, "127.0.0.1", resolve));
      const received: unknown[] = [];
      daemon.on("message", (text) => received.push(text));
      vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", `127.0.0.1:${daemon.address().port}`);
      vi.stubEnv("_X_AMZN_TRACE_ID", header);
      await trace("Lamella", 0, {}, false);
      // one that would have been sent is there before the next
      const client = createSocket("udp4");
      const last = new Promise((resolve) => daemon.once("message", resolve));
      client.send("last", daemon.address().port, "127.0.0.1");
      await last;
      client.close();
      daemon.close();
      expect(received).toHaveLength(1);
    },
  );
});
