import type { Region } from "../../block/region.ts";
import { costOf } from "../expr/cost.ts";
import { runExpression, scratchOf } from "../expr/run.ts";
import { type ExprName, type TypedExpression, typeExpression } from "../expr/typing.ts";
import type { HeapBlock } from "../heap.ts";
import type { ResolvedArgs } from "../kernel.ts";
import type { InputBox, RegionFacts, RegionOp } from "./region-op.ts";

export interface ExprArgs {
  readonly expr: string;
  /** The name of each input. */
  readonly names: readonly string[];
  /** Plain numbers by name: whole ones are Python's int, and those that JSON would round are written as digits. */
  readonly numbers?: { readonly [name: string]: number | string };
  /** The result's axis of each axis of each input, where they don't meet at the last axes. */
  readonly axes?: readonly (readonly number[])[];
}

/** An expression on elements that meet, axes of size 1 being repeated. Equals the numpy expression. */
export const exprOp: RegionOp = {
  name: "expr",
  boxes(args, region, facts) {
    const given = exprArgs(args);
    return facts.inputs.map(({ shape }, k) => boxOf(axesOf(given, k, shape.length, facts), shape, region));
  },
  scratchBytes(args, region, _boxes, facts) {
    return scratchOf(typedOf(args, facts), region.shape);
  },
  costPerElement(args, facts) {
    return costOf(typedOf(args, facts));
  },
  run(heap, args, region, blocks, _boxes, facts) {
    const given = exprArgs(args);
    const typed = typedOf(args, facts);
    const rank = facts.shape.length;
    const aligned = blocks.map((block, k): HeapBlock => {
      const shape = new Array<number>(rank).fill(1);
      for (const [i, axis] of axesOf(given, k, block.shape.length, facts).entries())
        shape[axis] = block.shape[i]!;
      return { ...block, shape };
    });
    return runExpression(heap, typed, aligned, region.shape);
  },
  warnings(args, facts) {
    const { wraps } = typedOf(args, facts);
    if (wraps.length === 0) return [];
    const { dtype } = wraps[0]!;
    const message = `${exprArgs(args).expr} subtracts ${dtype}, which wraps below 0 as in numpy; cast first where that can happen, as in int32(x) or float32(x)`;
    return [{ code: "UNSIGNED_WRAP", message }];
  },
};

/** Reads a plan's arguments, and types the expression for the inputs' dtypes. */
function typedOf(args: ResolvedArgs, facts: RegionFacts): TypedExpression {
  return typeExprArgs(
    exprArgs(args),
    facts.inputs.map((input) => input.dtype),
  );
}

const MAX_KNOWN = 256;
const known = new Map<string, TypedExpression>();

/** The typed expression of inputs with these dtypes; its inputs are in the order of `names`. Throws INVALID_EXPRESSION. */
export function typeExprArgs(args: ExprArgs, dtypes: readonly ExprDType[]): TypedExpression {
  const key = JSON.stringify([args.expr, args.names, args.numbers ?? {}, dtypes]);
  let typed = known.get(key);
  if (!typed) {
    const numbers = Object.entries(args.numbers ?? {}).map(([name, value]): [string, ExprName] => [
      name,
      typeof value === "string" || Number.isInteger(value) ? BigInt(value) : value,
    ]);
    const arrays = args.names.map((name, i): [string, ExprName] => [name, { dtype: dtypes[i]! }]);
    typed = typeExpression(args.expr, Object.fromEntries([...arrays, ...numbers]));
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, typed);
  }
  return typed;
}

type ExprDType = RegionFacts["dtype"];

/** A plan's arguments of an expression. */
export function exprArgs(args: ResolvedArgs): ExprArgs {
  return args as unknown as ExprArgs;
}

function axesOf(args: ExprArgs, k: number, inputRank: number, facts: RegionFacts): readonly number[] {
  const lead = facts.shape.length - inputRank;
  return args.axes?.[k] ?? Array.from({ length: inputRank }, (_, axis) => lead + axis);
}

function boxOf(axes: readonly number[], shape: readonly number[], region: Region): InputBox {
  return {
    start: axes.map((axis, i) => (shape[i] === 1 ? 0 : region.start[axis]!)),
    shape: axes.map((axis, i) => (shape[i] === 1 ? 1 : region.shape[axis]!)),
  };
}
