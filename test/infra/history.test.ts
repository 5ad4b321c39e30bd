import { describe, expect, it } from "vitest";
import { batchStates } from "../../infra/batch-definition.ts";
import { runDefinition, TURNS_AN_EXECUTION } from "../../infra/definition.ts";
import { RESERVE_MS } from "../../shared/engine/lambda/deadline.ts";
import { AWS_FACTS } from "../../shared/plan/aws-facts.ts";
import { type Data, type Machine, type State, StateError, walk } from "../support/states.ts";

const { historyEvents, expressTimeoutSeconds } = AWS_FACTS.stepFunctions;
const machine = runDefinition() as unknown as Machine;
const context: Data = {
  Execution: { Id: "arn:run", Name: "run-1", StartTime: "2026-11-01T00:00:00.000Z" },
  StateMachine: { Id: "arn:machine" },
};

/** Carries a run of so many stages out; `failing` errors come before each answer of a function. */
async function run(stages: number, failing: readonly string[] = []) {
  const executions: { readonly events: number; readonly turns: number }[] = [];
  const turnOf = (stage: number, turn: number): Data => ({
    runId: "run-1",
    done: stage === stages,
    ...(stage === stages
      ? {}
      : { stage, childType: stage % 2 ? "EXPRESS" : "STANDARD", doneBefore: 0, idleTurns: 0 }),
    turn,
  });
  const execute = async (input: Data): Promise<Data> => {
    let turns = 0;
    let last: Data = {};
    const tried = new Map<string, number>();
    const ended = await walk(machine, input, context, async (name, parameters) => {
      if (name.startsWith("Run stage")) {
        turns++;
        return {};
      }
      if (name === "Go on in another execution")
        return { Output: await execute(parameters["Input"] as Data) };
      const key = `${name} ${turns}`;
      const times = tried.get(key) ?? 0;
      tried.set(key, times + 1);
      if (times < failing.length) throw new StateError(failing[times]!);
      const payload = parameters["Payload"] as Data;
      if (name === "Plan") last = turnOf(Number((payload["request"] as Data)["stage"] ?? 0), 1);
      else if (name === "Check receipts")
        last = turnOf(Number(payload["stage"]) + 1, Number(payload["turn"]) + 1);
      else return { Payload: { status: "succeeded" } };
      return { Payload: last };
    });
    if (ended.status !== "SUCCEEDED") throw new StateError(ended.error ?? "", ended.cause);
    executions.push({ events: ended.events, turns });
    return ended.output as Data;
  };
  const output = await execute({ runId: "run-1" });
  return { output, executions };
}

/** Every retry that a task may take. */
const retries = (state: State): string[] =>
  (state.Retry ?? []).flatMap(({ ErrorEquals, MaxAttempts }) =>
    Array<string>(MaxAttempts).fill(ErrorEquals[0]!),
  );

describe("an execution's history", () => {
  it("stays under the quota however many stages a run has, also where every retry is taken", async () => {
    const failing = retries(machine.States["Check receipts"]!);
    expect(failing.length).toBeGreaterThan(10);
    const { output, executions } = await run(1000, failing);
    expect(output).toEqual({ status: "succeeded" });
    expect(executions.reduce((sum, { turns }) => sum + turns, 0)).toBe(1000);
    expect(executions.length).toBe(Math.ceil(1000 / TURNS_AN_EXECUTION));
    for (const { events } of executions) expect(events).toBeLessThan(historyEvents);
  });

  it("is one execution's for a run of as many turns as that allows", async () => {
    expect((await run(TURNS_AN_EXECUTION)).executions).toHaveLength(1);
    expect((await run(TURNS_AN_EXECUTION + 1)).executions).toHaveLength(2);
  });

  it("has room in a child for a batch that hands back for three weeks", () => {
    // a turn through the loop is a task, a choice and a pass, and takes the time that a function has, less what it keeps of it
    const events = 5 + 2 + 2;
    const seconds = AWS_FACTS.lambda.timeoutSeconds - RESERVE_MS / 1000;
    const loops = Math.floor((historyEvents - 50) / events);
    expect((loops * seconds) / 86_400).toBeGreaterThan(21);
  });

  it("waits in a child's retries for less than an Express execution lives", () => {
    const task = batchStates().States["Run batch"] as unknown as {
      Retry: readonly {
        MaxAttempts: number;
        IntervalSeconds: number;
        BackoffRate: number;
        MaxDelaySeconds: number;
      }[];
    };
    const waits = task.Retry.map(({ MaxAttempts, IntervalSeconds, BackoffRate, MaxDelaySeconds }) =>
      Array.from({ length: MaxAttempts }, (_, i) =>
        Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** i),
      ).reduce((a, b) => a + b, 0),
    );
    for (const wait of waits) expect(wait).toBeLessThan(expressTimeoutSeconds - 60);
  });
});
