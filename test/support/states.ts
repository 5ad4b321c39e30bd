import type { Json } from "../../shared/errors.ts";

/** States of the Amazon States Language, as far as Lamella's machine uses it. */
export interface Machine {
  readonly StartAt: string;
  readonly States: { readonly [name: string]: State };
}

export interface State {
  readonly Type: "Task" | "Map" | "Pass" | "Choice" | "Succeed" | "Fail";
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly (Rule & { readonly Next: string })[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly ResultPath: string | null;
    readonly Next: string;
  }[];
  readonly Resource?: string;
  readonly Parameters?: Data;
  readonly ResultSelector?: Data;
  readonly Result?: Json;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string;
  readonly ErrorPath?: string;
  readonly CausePath?: string;
  readonly Error?: string;
  readonly ItemProcessor?: Machine;
}

interface Rule {
  readonly Variable: string;
  readonly StringEquals?: string;
  readonly BooleanEquals?: boolean;
  readonly NumericGreaterThan?: number;
  readonly NumericLessThanPath?: string;
}

export type Data = { readonly [key: string]: Json };

/** An error as Step Functions names it. */
export class StateError extends Error {
  override readonly cause: string;
  constructor(name: string, cause = "") {
    super(cause);
    this.name = name;
    this.cause = cause;
  }
}

/** Carries a Task or Map out; `retry` counts the attempts before. Throws StateError. */
export type Carry = (name: string, parameters: Data, retry: number) => Json | Promise<Json>;

export interface Walk {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly path: readonly string[];
  /** Events that the execution's history would have. */
  readonly events: number;
}

/** What a Task or a Map leaves in the history, with its entry and its exit; and what each retry of it adds. */
const EVENTS = { Task: 5, Map: 6, retry: 3, other: 2 };

/** Walks through a machine as Step Functions would, without waiting. */
export async function walk(machine: Machine, input: Data, context: Data, carry: Carry): Promise<Walk> {
  const path: string[] = [];
  let events = 2;
  let data: Json = input;
  let name: string | undefined = machine.StartAt;
  while (name !== undefined) {
    const state: State | undefined = machine.States[name];
    if (!state) throw new Error(`there is no state ${name}`);
    path.push(name);
    if (path.length > 20_000) throw new Error("the walk doesn't end");
    events += state.Type === "Task" || state.Type === "Map" ? EVENTS[state.Type] : EVENTS.other;
    if (state.Type === "Fail") {
      const error = state.ErrorPath ? String(at(state.ErrorPath, data, context)) : state.Error;
      const cause = state.CausePath ? String(at(state.CausePath, data, context)) : undefined;
      return { status: "FAILED", ...(error ? { error } : {}), ...(cause ? { cause } : {}), path, events };
    }
    if (state.Type === "Choice") {
      name = state.Choices?.find((rule) => holds(rule, data, context))?.Next ?? state.Default;
      continue;
    }
    let next = state.Next;
    if (state.Type === "Task" || state.Type === "Map") {
      const tries: number[] = [];
      for (let retry = 0; ; retry++) {
        const inContext = { ...context, State: { Name: name, RetryCount: retry } };
        try {
          const result = await carry(name, filled(state.Parameters ?? {}, data, inContext) as Data, retry);
          data = placed(state, data, result, inContext);
          break;
        } catch (thrown) {
          if (!(thrown instanceof StateError)) throw thrown;
          const matches = ({ ErrorEquals }: { ErrorEquals: readonly string[] }) =>
            ErrorEquals.includes(thrown.name) || ErrorEquals.includes("States.ALL");
          const retrier = state.Retry?.findIndex(matches) ?? -1;
          if (retrier >= 0 && (tries[retrier] ?? 0) < state.Retry![retrier]!.MaxAttempts) {
            tries[retrier] = (tries[retrier] ?? 0) + 1;
            events += EVENTS.retry;
            continue;
          }
          const catcher = state.Catch?.find(matches);
          if (!catcher) return { status: "FAILED", error: thrown.name, cause: thrown.cause, path, events };
          data = set(data, catcher.ResultPath, { Error: thrown.name, Cause: thrown.cause });
          next = catcher.Next;
          break;
        }
      }
    } else {
      const result =
        state.Type === "Pass" ? (state.Result ?? filled(state.Parameters ?? {}, data, context)) : data;
      data = placed(state, data, result, context);
    }
    name = state.Type === "Succeed" || state.End ? undefined : next;
  }
  return { status: "SUCCEEDED", output: data, path, events };
}

function placed(state: State, data: Json, result: Json, context: Data): Json {
  const selected = state.ResultSelector ? filled(state.ResultSelector, result, context) : result;
  const whole = state.ResultPath === undefined ? selected : set(data, state.ResultPath, selected);
  return state.OutputPath === undefined ? whole : at(state.OutputPath, whole, context);
}

function set(data: Json, resultPath: string | null, value: Json): Json {
  if (resultPath === null) return data;
  if (resultPath === "$") return value;
  return { ...(data as Data), [resultPath.slice(2)]: value };
}

function holds(rule: Rule, data: Json, context: Data): boolean {
  const value = at(rule.Variable, data, context);
  if (rule.StringEquals !== undefined) return value === rule.StringEquals;
  if (rule.BooleanEquals !== undefined) return value === rule.BooleanEquals;
  if (rule.NumericGreaterThan !== undefined) return Number(value) > rule.NumericGreaterThan;
  return Number(value) < Number(at(rule.NumericLessThanPath!, data, context));
}

/** A payload template with its paths and intrinsic functions replaced. */
export function filled(template: Json, data: Json, context: Data): Json {
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((each: Json) => filled(each, data, context));
  return Object.fromEntries(
    Object.entries(template as Data).map(([key, value]) =>
      key.endsWith(".$")
        ? [key.slice(0, -2), evaluated(String(value), data, context)]
        : [key, filled(value, data, context)],
    ),
  );
}

/** A path or a call of an intrinsic function. */
function evaluated(text: string, data: Json, context: Data): Json {
  const call = /^States\.(\w+)\((.*)\)$/s.exec(text);
  if (!call) return at(text, data, context);
  const args = splitArguments(call[2]!).map((arg) => {
    if (arg.startsWith("'")) return arg.slice(1, -1);
    return /^-?\d+$/.test(arg) ? Number(arg) : evaluated(arg, data, context);
  });
  switch (call[1]) {
    case "ArrayGetItem": {
      const [array, index] = args as unknown as [readonly Json[], number];
      if (!(index in array)) throw new StateError("States.IntrinsicFailure", `no item ${index}`);
      return array[index]!;
    }
    case "MathAdd":
      return Number(args[0]) + Number(args[1]);
    case "Format": {
      const [format, ...rest] = args;
      return String(format).replace(/\{\}/g, () => String(rest.shift()));
    }
    default:
      throw new Error(`the walk doesn't know States.${call[1]}`);
  }
}

function splitArguments(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let quoted = false;
  let one = "";
  for (const c of text) {
    if (c === "'") quoted = !quoted;
    else if (!quoted && c === "(") depth++;
    else if (!quoted && c === ")") depth--;
    if (c === "," && depth === 0 && !quoted) {
      found.push(one.trim());
      one = "";
    } else one += c;
  }
  return [...found, one.trim()];
}

function at(path: string, data: Json, context: Data): Json {
  const [root, ...names] = path.split(".");
  let value: Json | undefined = root === "$$" ? context : data;
  for (const name of names) value = (value as Data | undefined)?.[name];
  if (value === undefined) throw new StateError("States.Runtime", `${path} isn't there`);
  return value;
}
