import { describe, expect, it } from "vitest";
import { batchStates, ITEM } from "../../infra/batch-definition.ts";
import { escalationsOf } from "../../shared/engine/lambda/escalations.ts";
import type { Json } from "../../shared/errors.ts";
import { type Data, filled, type Machine, StateError, walk } from "../support/states.ts";

const machine = batchStates() as unknown as Machine;
const turn: Data = {
  runId: "run-1",
  stage: 2,
  threads: 2,
  functions: ["small:7", "medium:7", "large:7"],
  tiersMB: [1769, 3538, 7076],
  lastTier: 2,
  childSeconds: 300,
};
const context: Data = { Execution: { Id: "arn:child", StartTime: "2026-11-01T00:00:00.000Z" } };
const item = filled(ITEM, turn, { Map: { Item: { Value: { batch: 5, start: 40, end: 48 } } } }) as Data;

interface Call {
  readonly name: string;
  readonly function: string;
  readonly payload: Data;
}

/** Walks a batch whose invocations answer, or fail, as the script says, one after the other. */
async function child(...script: (Json | StateError)[]) {
  return childOf({}, ...script);
}

/** The same, of an item that begins otherwise. */
async function childOf(begin: Data, ...script: (Json | StateError)[]) {
  const calls: Call[] = [];
  const ended = await walk(machine, { ...item, ...begin }, context, (name, { FunctionName, Payload }) => {
    calls.push({ name, function: String(FunctionName), payload: Payload as Data });
    if (name === "Record loss") return { Payload: {} };
    const answer = script.shift();
    if (answer instanceof StateError) throw answer;
    return { Payload: answer ?? { outcome: "done" } };
  });
  return { ...ended, calls };
}

const oom = new StateError("Runtime.ExitError", '{"errorMessage":"signal: killed"}');

describe("a batch's child", () => {
  it("invokes the published version of its tier once, with the batch and its own life", async () => {
    const { status, output, calls } = await child({ outcome: "done", tasks: 8 });
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: { outcome: "done" } });
    expect(calls).toEqual([
      {
        name: "Run batch",
        function: "small:7",
        payload: {
          runId: "run-1",
          stage: 2,
          batch: 5,
          start: 40,
          end: 48,
          threads: 2,
          again: false,
          lost: "",
          retry: 0,
          child: { id: "arn:child", startedAt: "2026-11-01T00:00:00.000Z", seconds: 300 },
        },
      },
    ]);
  });

  it("invokes it again as often as it hands back what is left, and tells it so", async () => {
    const { status, calls } = await child({ outcome: "again" }, { outcome: "again" }, { outcome: "done" });
    expect(status).toBe("SUCCEEDED");
    expect(calls.map((call) => [call.function, call.payload["again"]])).toEqual([
      ["small:7", false],
      ["small:7", true],
      ["small:7", true],
    ]);
  });

  it("leaves to the stage's next turn what its own life has no time for", async () => {
    const { status, output, calls } = await child({ outcome: "later" });
    expect({ status, output, calls: calls.length }).toEqual({
      status: "SUCCEEDED",
      output: { outcome: "later" },
      calls: 1,
    });
  });

  it("escalates once a tier where its function dies, and tells the next what it died of", async () => {
    const slow = new StateError("Sandbox.Timedout", "{}");
    const { status, calls } = await child(oom, slow, { outcome: "again" }, { outcome: "done" });
    expect(status).toBe("SUCCEEDED");
    expect(calls.map((call) => call.function)).toEqual(["small:7", "medium:7", "large:7", "large:7"]);
    expect(calls.every(({ payload }) => payload["start"] === 40 && payload["end"] === 48)).toBe(true);
    expect(calls.map(({ payload }) => payload["again"])).toEqual([false, true, true, true]);
    expect(calls.map(({ payload }) => escalationsOf(String(payload["lost"])))).toEqual([
      [],
      [{ tierMB: 1769, error: "Runtime.ExitError" }],
      [
        { tierMB: 1769, error: "Runtime.ExitError" },
        { tierMB: 3538, error: "Sandbox.Timedout" },
      ],
      [
        { tierMB: 1769, error: "Runtime.ExitError" },
        { tierMB: 3538, error: "Sandbox.Timedout" },
      ],
    ]);
  });

  it.each(["Lambda.Unknown", "Runtime.OutOfMemory", "States.Timeout", "WORKER_DIED", "OUT_OF_TIME"])(
    "takes %s for a function that died",
    async (name) => {
      const { calls } = await child(new StateError(name));
      expect(calls.map((call) => call.function)).toEqual(["small:7", "medium:7"]);
    },
  );

  it("writes the loss into the run where no tier is left, and fails with the last reason", async () => {
    const { status, error, cause, calls } = await child(oom, oom, oom);
    expect({ status, error, cause }).toEqual({ status: "FAILED", error: oom.name, cause: oom.cause });
    expect(calls.at(-1)!.payload).toEqual({
      action: "lost",
      event: {
        runId: "run-1",
        stage: 2,
        batch: 5,
        start: 40,
        end: 48,
        threads: 2,
        lost: "Runtime.ExitError@1769 Runtime.ExitError@3538 ",
        child: { id: "arn:child", startedAt: "2026-11-01T00:00:00.000Z", seconds: 300 },
      },
      failure: { Error: oom.name, Cause: oom.cause },
    });
  });

  it("tries what was planned on the last tier once more, for that marks which task dies", async () => {
    const planned = { tier: 2 };
    const { status, calls } = await childOf(planned, oom, oom);
    expect(status).toBe("FAILED");
    expect(calls.map(({ name, payload }) => [name, payload["again"], payload["lost"]])).toEqual([
      ["Run batch", false, ""],
      ["Run batch", true, "Runtime.ExitError@7076 "],
      ["Record loss", undefined, undefined],
    ]);
    expect(calls[1]!.function).toBe("large:7");
    expect((await childOf(planned, oom, { outcome: "done" })).status).toBe("SUCCEEDED");
  });

  it.each(["OUT_OF_TIME", "WORKER_DIED"])(
    "doesn't where the function said %s of its task itself",
    async (code) => {
      const { calls } = await childOf({ tier: 2 }, new StateError(code));
      expect(calls.map(({ name }) => name)).toEqual(["Run batch", "Record loss"]);
    },
  );

  it("fails at once with a user's error: another attempt, or more memory, would fail alike", async () => {
    const { status, error, calls } = await child(new StateError("TASK_FAILED", "their kernel"));
    expect({ status, error, calls: calls.length }).toEqual({
      status: "FAILED",
      error: "TASK_FAILED",
      calls: 1,
    });
  });

  it("tries throttles and service faults again on the same tier, counting", async () => {
    const throttle = new StateError("Lambda.TooManyRequestsException");
    const fault = new StateError("STORAGE_FAILED");
    const { status, calls } = await child(throttle, fault, throttle, { outcome: "done" });
    expect(status).toBe("SUCCEEDED");
    expect(calls.map(({ payload }) => payload["retry"])).toEqual([0, 1, 2, 3]);
    expect(new Set(calls.map((call) => call.function))).toEqual(new Set(["small:7"]));
  });

  it("is left to the next turn where throttles don't end", async () => {
    const throttled = await child(
      ...Array.from({ length: 20 }, () => new StateError("Lambda.TooManyRequestsException")),
    );
    expect(throttled.status).toBe("SUCCEEDED");
    expect(throttled.path.at(-1)).toBe("Left to the next turn");
  });
});
