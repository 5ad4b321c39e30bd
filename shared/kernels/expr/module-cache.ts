import type { Heap } from "../heap.ts";
import { emitExpression } from "./emit.ts";
import type { TypedExpression } from "./typing.ts";

/** Computes `n` elements at the addresses of the inputs into `out`; `n` is at least the batch. */
export type ExpressionFunction = (n: number, out: number, ...inputs: number[]) => void;

interface Compiled {
  readonly module: WebAssembly.Module;
  readonly batch: number;
}

export interface Linked {
  readonly run: ExpressionFunction;
  readonly batch: number;
}

/** A worker meets few expressions; the bound is for a process that lives long. */
const MAX_MODULES = 256;
const modules = new Map<string, Compiled>();
const linked = new WeakMap<Heap, Map<string, Linked>>();

/** The function of an expression in a heap's memory, compiled once per process and linked once per heap. */
export function linkExpression(heap: Heap, typed: TypedExpression, single: readonly boolean[]): Linked {
  const key = `${keyOf(typed)}|${single.map(Number).join("")}`;
  const here = linked.get(heap) ?? new Map<string, Linked>();
  linked.set(heap, here);
  let known = here.get(key);
  if (!known) {
    const { module, batch } = compiled(key, typed, single);
    const instance = new WebAssembly.Instance(module, {
      env: { memory: heap.memory },
      kernels: heap.exports as unknown as { readonly [name: string]: unknown },
    });
    known = { run: instance.exports["run"] as ExpressionFunction, batch };
    if (here.size >= MAX_MODULES) here.clear();
    here.set(key, known);
  }
  return known;
}

function compiled(key: string, typed: TypedExpression, single: readonly boolean[]): Compiled {
  let known = modules.get(key);
  if (!known) {
    const { bytes, batch } = emitExpression(typed, single);
    known = { module: new WebAssembly.Module(bytes), batch };
    if (modules.size >= MAX_MODULES) modules.clear();
    modules.set(key, known);
  }
  return known;
}

const keys = new WeakMap<TypedExpression, string>();

function keyOf(typed: TypedExpression): string {
  let key = keys.get(typed);
  if (key === undefined) {
    key = typed.nodes
      .map(({ op, dtype, args, input, value }) =>
        [op, dtype, args.join(), input ?? "", Object.is(value, -0) ? "-0" : (value ?? "")].join(":"),
      )
      .join(";");
    key += `>${typed.result}`;
    keys.set(typed, key);
  }
  return key;
}
