import { fileURLToPath } from "node:url";
import { kernelList } from "../../cli/kernel-list.ts";
import * as lamella from "../../shared/index.ts";
import { type KernelCall, LazyArray, LazyTable, type ModuleKernel } from "../../shared/index.ts";
import { stepSchemas } from "../../shared/pipeline/schema.ts";

/**
 * What a lazy array was made by: the calls as a reader would write them, and the same as steps of a pipeline file.
 * So one description of an operation is run in both forms, and shown in docs/references.md.
 */
export interface Trace {
  readonly text: string;
  /** The input's or the step's name. */
  readonly name: string;
  readonly inputs: readonly string[];
  /** In the order of the file; undefined where a call has no form there. */
  readonly steps: { readonly [name: string]: object } | undefined;
}

const traces = new WeakMap<object, { readonly array: LazyArray; readonly trace: Trace }>();

const tables = new WeakMap<LazyTable, Trace>();

/**
 * The keys of positional parameters: `options` is spread, `call` is a kernel with its arguments or a module's function.
 * Operations that aren't here take options alone.
 */
const POSITIONS: { readonly [method: string]: readonly string[] } = {
  mapBlocks: ["call", "options"],
  mapOverlap: ["call", "options"],
  rechunk: ["chunks"],
  slice: ["index"],
  sel: ["sel"],
  transpose: ["axes"],
  flip: ["axis"],
  pad: ["padWidth", "options"],
  astype: ["dtype"],
  roll: ["shift", "axis"],
  take: ["indices", "axis"],
  reshape: ["shape"],
  coarsen: ["reduction", "axes", "options"],
  squeeze: ["axis"],
  expandDims: ["axis"],
  moveaxis: ["source", "destination"],
  rot90: ["k", "axes"],
  repeat: ["repeats", "axis"],
  tile: ["reps"],
  broadcastTo: ["shape"],
  percentile: ["q", "options"],
  diff: ["n", "axis"],
  tensordot: ["other", "axes"],
  zoom: ["zoom", "options"],
  affineTransform: ["matrix", "options"],
  resize: ["outputShape", "options"],
  downscaleLocalMean: ["factors", "options"],
  stack: ["in", "axis"],
  concatenate: ["in", "axis"],
  blockwise: ["call", "out", "args", "options"],
  applyGufunc: ["call", "signature", "in", "options"],
  where: ["in", "x", "y", "options"],
  expr: ["expr", "values", "options"],
};
/** Options that a pipeline file calls otherwise. */
const KEY_OF: { readonly [option: string]: string } = { outputDtypes: "dtype" };
const OP_OF: { readonly [method: string]: string } = { sel: "slice", expr: "mapBlocks" };

/** The array as an input of that name; calls of it are traced from here on. */
export function traced(array: LazyArray, name: string): LazyArray {
  return wrap(array, { text: name, name, inputs: [name], steps: {} });
}

export function traceOf(made: LazyArray | LazyTable): Trace {
  const found = made instanceof LazyTable ? tables.get(made) : traces.get(made)?.trace;
  if (!found) throw new Error("this array isn't traced");
  return found;
}

/** The array itself. */
export function untraced(array: LazyArray): LazyArray {
  return traces.get(array)?.array ?? array;
}

/** The functions of "lamella" that make arrays of several, traced. */
export const api = {
  stack: tracedFunction("stack", lamella.stack),
  concatenate: tracedFunction("concatenate", lamella.concatenate),
  blockwise: tracedFunction("blockwise", lamella.blockwise),
  applyGufunc: tracedFunction("applyGufunc", lamella.applyGufunc),
  expr: tracedFunction("expr", lamella.expr),
  where: tracedFunction("where", lamella.where),
};

function tracedFunction<A extends readonly unknown[], R extends LazyArray | LazyArray[]>(
  name: string,
  make: (...args: A) => R,
) {
  return (...args: A): R => {
    const trace = traceCall(name, args, `${name}(${args.map(show).join(", ")})`);
    const made = make(...(plain(args) as A));
    if (made instanceof LazyArray) return wrap(made, trace) as R;
    const several = made.length > 1;
    return made.map((array, i) =>
      wrap(array, several ? { ...trace, text: `${trace.text}[${i}]`, name: `${trace.name}.${i}` } : trace),
    ) as R;
  };
}

function wrap(array: LazyArray, trace: Trace): LazyArray {
  const proxy = new Proxy(array, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function" || typeof property !== "string") return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = value.apply(target, plain(args) as unknown[]);
        if (!(result instanceof LazyArray || result instanceof LazyTable)) return result;
        const text = `${trace.text}.${property}(${args.map(show).join(", ")})`;
        const called = traceCall(property, args, text, proxy);
        if (result instanceof LazyArray) return wrap(result, called);
        tables.set(result, called);
        return result;
      };
    },
  });
  traces.set(proxy, { array, trace });
  return proxy;
}

let stepsMade = 0;

function traceCall(method: string, args: readonly unknown[], text: string, self?: LazyArray): Trace {
  const operands = [...(self ? [self] : []), ...arraysIn(args)].map(traceOf);
  const inputs = [...new Set(operands.flatMap((trace) => trace.inputs))];
  const op = OP_OF[method] ?? method;
  if (!(op in stepSchemas) || operands.some((trace) => trace.steps === undefined)) {
    return { text, name: method, inputs, steps: undefined };
  }
  const before: { [name: string]: object } = Object.assign({}, ...operands.map((trace) => trace.steps));
  const name = `${method}${++stepsMade}`;
  const step: { [key: string]: unknown } = { op, ...(self ? { in: traceOf(self).name } : {}) };
  (POSITIONS[method] ?? ["options"]).forEach((key, i) => {
    const value = args[i];
    if (value === undefined) return;
    if (key === "options") {
      for (const [name, option] of Object.entries(asDocument(value) as object))
        step[KEY_OF[name] ?? name] = option;
    } else if (key === "other") step["in"] = [step["in"], asDocument(value)];
    else if (key === "values") Object.assign(step, namedIn(String(step["expr"]), value as object));
    else if (key === "call") Object.assign(step, kernelKeys(value as KernelCall | ModuleKernel));
    else step[key] = asDocument(value);
  });
  return { text, name, inputs, steps: { ...before, [name]: step } };
}

/** An expression by the names that arrays have in the file, and its numbers. */
function namedIn(expr: string, values: object): object {
  const arrays = Object.entries(values).filter(([, value]) => typeof value === "object");
  const numbers = Object.entries(values).filter(([, value]) => typeof value !== "object");
  const names = new Map(arrays.map(([name, array]) => [name, traceOf(array as LazyArray).name]));
  return {
    in: [...names.values()],
    expr: expr.replace(/[A-Za-z_]\w*/g, (word) => names.get(word) ?? word),
    ...(numbers.length > 0 ? { args: Object.fromEntries(numbers) } : {}),
  };
}

function kernelKeys(call: KernelCall | ModuleKernel): object {
  if (isModule(call)) return { module: `${fileURLToPath(call.url)}#${call.exportName}` };
  return { kernel: call.kernel, args: asDocument(call.args, call.scalars as readonly unknown[]) };
}

/** Arguments as a pipeline file has them: arrays by the names of their steps. */
function asDocument(value: unknown, scalars: readonly unknown[] = []): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (traces.has(value)) return traceOf(value as LazyArray).name;
  if (Array.isArray(value)) return value.map((entry) => asDocument(entry, scalars));
  if ("$scalar" in value) return { step: traceOf(scalars[value.$scalar as number] as LazyArray).name };
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, asDocument(v, scalars)]));
}

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || isCall(value) || isModule(value)) return value;
  if (traces.has(value)) return untraced(value as LazyArray);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}

function arraysIn(value: unknown): LazyArray[] {
  if (typeof value !== "object" || value === null) return [];
  if (traces.has(value)) return [value as LazyArray];
  if (isCall(value)) return (value.scalars ?? []) as unknown as LazyArray[];
  return Object.values(value).flatMap(arraysIn);
}

function isModule(value: object): value is ModuleKernel {
  return "exportName" in value;
}

function isCall(value: object): value is KernelCall {
  return "kernel" in value && "args" in value;
}

/** A value as TypeScript: `gaussian({ sigma: 2 })`, `{ depth: 6, boundary: "reflect" }`. */
function show(value: unknown): string {
  if (typeof value !== "object" || value === null)
    return typeof value === "bigint" ? `${value}n` : JSON.stringify(value);
  if (traces.has(value)) return traceOf(value as LazyArray).text;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (isModule(value)) return value.exportName;
  if (isCall(value)) return `${value.kernel}(${showArgs(value)})`;
  return showObject(value);
}

function showObject(value: object): string {
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  if (entries.length === 0) return "{}";
  const key = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
  return `{ ${entries.map(([name, v]) => `${key(name)}: ${show(v)}`).join(", ")} }`;
}

/** Arguments without those that are the kernel's defaults. */
function showArgs(call: KernelCall): string {
  const defaults = kernelList().find(({ name }) => name === call.kernel)?.parameters ?? {};
  const given = Object.entries(call.args)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]?.default))
    .map(([name, value]) => [name, withScalars(value, call.scalars ?? [])]);
  return given.length === 0 ? "" : showObject(Object.fromEntries(given));
}

function withScalars(value: unknown, scalars: readonly unknown[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => withScalars(entry, scalars));
  return "$scalar" in value ? scalars[value.$scalar as number] : value;
}
