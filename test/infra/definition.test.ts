import { describe, expect, it } from "vitest";
import { runDefinition } from "../../infra/definition.ts";

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
}

const { StartAt, States } = runDefinition() as unknown as { StartAt: string; States: Record<string, State> };

function followers(state: State): string[] {
  const names = [
    state.Next,
    state.Default,
    ...[...(state.Choices ?? []), ...(state.Catch ?? [])].map((x) => x.Next),
  ];
  return names.filter((name) => name !== undefined);
}

describe("the state machine's definition", () => {
  it("leads to every state from its start, and to no state that isn't there", () => {
    const reached = new Set([StartAt]);
    for (const name of reached) for (const next of followers(States[name]!)) reached.add(next);
    expect([...reached].sort()).toEqual(Object.keys(States).sort());
  });

  it("records the failure of every task and map before it fails", () => {
    for (const [name, state] of Object.entries(States)) {
      if (!["Task", "Map"].includes(state.Type) || name === "Record failure") continue;
      // the execution in which the run goes on records its own
      if (name === "Go on in another execution") continue;
      expect(state.Catch, name).toEqual([
        { ErrorEquals: ["States.ALL"], ResultPath: "$.failure", Next: "Record failure" },
      ]);
    }
    expect(followers(States["Record failure"]!)).toEqual(["Run failed", "Run failed, unrecorded"]);
  });

  it("tries throttles and service faults again, never a user's error, and a map never as a whole", () => {
    const tasks = Object.values(States).flatMap((state) => [
      state,
      ...Object.values(state.ItemProcessor?.States ?? {}),
    ]);
    const retries = tasks.flatMap((state) => (state.Type === "Map" ? (state.Retry ?? []) : []));
    expect(retries).toEqual([]);
    for (const task of tasks.filter(({ Type, Retry }) => Type === "Task" && Retry)) {
      const names = task.Retry!.flatMap((retry) => retry.ErrorEquals);
      expect(names).toContain("Lambda.TooManyRequestsException");
      for (const name of names)
        expect(name).toMatch(
          /^(Lambda|Sandbox|Runtime)\.|^States\.Timeout$|^(STORAGE_FAILED|WORKER_DIED|OUT_OF_TIME)$/,
        );
    }
  });

  it("differs in its two maps by their children's type alone", () => {
    const of = (name: string): string => JSON.stringify(States[name]);
    expect(of("Run stage, Express").replace('"EXPRESS"', '"STANDARD"')).toBe(of("Run stage, Standard"));
  });
});
