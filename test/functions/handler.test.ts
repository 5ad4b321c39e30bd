import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { runIdOf } from "../../functions/execution.ts";
import { handler } from "../../functions/handler.ts";
import { withFunctions } from "../../functions/turn.ts";
import { newRunId } from "../../shared/engine/run-id.ts";
import { LamellaError } from "../../shared/errors.ts";

const context = { getRemainingTimeInMillis: () => 1000 };
const schema = z.object({ n: z.number() });

describe("a handler", () => {
  it("answers a checked event", async () => {
    const made = handler(
      schema,
      async ({ n }, { getRemainingTimeInMillis }) => n + getRemainingTimeInMillis(),
    );
    expect(await made({ n: 1 }, context)).toBe(1001);
  });

  it("refuses an event that it doesn't understand, naming the field", async () => {
    const failure = await handler(schema, async () => 0)({ n: "one" }, context).catch(
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ name: "INVALID_ARGUMENT", message: expect.stringContaining("→ at n") });
  });

  it("fails with the code as the error's name and the coded error as its message", async () => {
    const coded = new LamellaError("CHUNK_DECODE", "chunk 0/1 is damaged", {
      hint: "Copy it again.",
      details: { task: 3 },
    });
    const made = handler(schema, async () => Promise.reject(coded));
    const failure = (await made({ n: 1 }, context).catch((error: Error) => error)) as Error;
    expect(failure.name).toBe("CHUNK_DECODE");
    expect(JSON.parse(failure.message)).toEqual({
      code: "CHUNK_DECODE",
      message: "chunk 0/1 is damaged",
      hint: "Copy it again.",
      details: { task: 3 },
    });
  });
});

describe("a run's id from its execution", () => {
  const execution = { name: "by hand: ünsafe/name", startTime: "2026-03-01T10:00:00.000Z" };

  it("is the same whenever it is asked for, and another for another execution", () => {
    expect(runIdOf(execution)).toBe(runIdOf({ ...execution }));
    expect(runIdOf(execution)).not.toBe(runIdOf({ ...execution, name: "other" }));
  });

  it("sorts by time among other runs' ids", () => {
    const time = Date.parse(execution.startTime);
    const ids = [newRunId(time - 1000), runIdOf(execution), newRunId(time + 1000)];
    expect([...ids].sort()).toEqual(ids);
    expect(runIdOf(execution)).toMatch(/^[0-9a-z]{10}-[0-9a-f]{8}$/);
  });
});

describe("a turn of the stage loop", () => {
  it("carries the functions of its tier and of those above it, and none at its end", () => {
    vi.stubEnv("TIERS_MB", "1769,3538,7076");
    vi.stubEnv("REDUCE_FUNCTIONS", "arn:r:1,arn:r:2,arn:r:3");
    const turn = { runId: "r", done: false, stage: 1, function: "reduce", tierMB: 3538 } as const;
    expect(withFunctions(turn)).toEqual({
      ...turn,
      functions: ["arn:r:2", "arn:r:3"],
      tiersMB: [3538, 7076],
      lastTier: 1,
    });
    expect(withFunctions({ runId: "r", done: true })).toEqual({ runId: "r", done: true });
    vi.unstubAllEnvs();
    expect(() => withFunctions(turn)).toThrow("TIERS_MB");
  });
});
