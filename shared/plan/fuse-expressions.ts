import { CONSTANTS } from "../kernels/expr/functions.ts";
import { parseExpression } from "../kernels/expr/parse.ts";
import { printExpression } from "../kernels/expr/print.ts";
import { MAX_LENGTH } from "../kernels/expr/tokens.ts";
import type { TypedExpression } from "../kernels/expr/typing.ts";
import { type ExprArgs, typeExprArgs } from "../kernels/region/expr.ts";
import { inputsOfStep } from "./needs.ts";
import type { OpStep, Program, ProgramNode } from "./schema.ts";

/**
 * Expressions on expressions, and casts beside them, become one expression, which goes over the elements once and keeps nothing in
 * between. Only what has no other use, and the shape of what uses it: otherwise it would be computed several times.
 */
export function fuseExpressions(program: Program): Program {
  const nodes = [...program.nodes];
  const uses = nodes.map(() => 0);
  for (const node of nodes) for (const input of inputsOfStep(node)) uses[input]!++;
  const gone = new Set<number>();
  for (const [index, node] of nodes.entries()) {
    let fused = asExpression(node);
    let joins = 0;
    for (let at = 0; fused && at < fused.inputs.length; at++) {
      const input = fused.inputs[at]!;
      const inner = nodes[input]!;
      const whole =
        inner.shape.length === node.shape.length && inner.shape.every((n, i) => n === node.shape[i]);
      const innerExpression = uses[input] === 1 && whole ? asExpression(inner) : undefined;
      // Two casts in a row are left to the cast, which is as fast.
      if (!innerExpression || (node.kind === "cast" && inner.kind === "cast")) continue;
      const joined = join(fused, at, innerExpression, nodes);
      if (!joined) continue;
      gone.add(input);
      fused = joined;
      joins++;
      at = -1;
    }
    if (fused && joins > 0) nodes[index] = fused;
  }
  return gone.size === 0 ? program : without(nodes, gone);
}

type Expression = OpStep & { readonly args: ExprArgs };

function isExpression(node: ProgramNode): node is Expression {
  return node.kind === "op" && node.op === "expr";
}

/** A cast as an expression, so that it can be joined to what it is of. */
function asExpression(node: ProgramNode): Expression | undefined {
  if (isExpression(node)) return node;
  if (node.kind !== "cast") return undefined;
  const { step, input, shape, dtype } = node;
  return {
    kind: "op",
    op: "expr",
    step,
    args: expressionArgs(`${dtype}(x)`, ["x"]),
    inputs: [input],
    shape,
    dtype,
  };
}

/** `outer` with the expression that is its input `at` in place of the name; undefined where that would be too large. */
function join(
  outer: Expression,
  at: number,
  inner: Expression,
  nodes: readonly ProgramNode[],
): Expression | undefined {
  const rank = outer.shape.length;
  const inputs: number[] = [];
  const axes: (readonly number[])[] = [];
  const names: string[] = [];
  const nameFor = (of: Expression, k: number): string => {
    const input = of.inputs[k]!;
    const ofAxes = axesOf(of, k, nodes);
    const known = inputs.findIndex((other, i) => other === input && axes[i]!.join() === ofAxes.join());
    if (known >= 0) return names[known]!;
    let name = of.args.names[k]!;
    for (let i = 2; names.includes(name) || CONSTANTS.has(name); i++) name = `${of.args.names[k]}_${i}`;
    inputs.push(input);
    axes.push(ofAxes);
    names.push(name);
    return name;
  };
  const text = (of: Expression, replaced?: string): string => {
    const known = new Map<string, string>();
    return printExpression(parseExpression(of.args.expr), (name) => {
      const k = of.args.names.indexOf(name);
      if (k < 0) return literal(of.args.numbers?.[name]) ?? name;
      if (of === outer && k === at) return replaced!;
      const put = known.get(name) ?? nameFor(of, k);
      known.set(name, put);
      return put;
    });
  };
  const expr = text(outer, text(inner));
  if (expr.length > MAX_LENGTH) return undefined;
  let typed: TypedExpression;
  try {
    typed = typeExprArgs(
      expressionArgs(expr, names),
      inputs.map((input) => nodes[input]!.dtype),
    );
  } catch {
    return undefined;
  }
  // The inputs of an expression are in the order of their first mention.
  const order = typed.inputs.map((name) => names.indexOf(name));
  const ordered = order.map((k) => axes[k]!);
  const trailing = ordered.every((of) => of.every((axis, i) => axis === rank - of.length + i));
  const args = { ...expressionArgs(expr, typed.inputs), ...(trailing ? {} : { axes: ordered }) };
  return { ...outer, args, inputs: order.map((k) => inputs[k]!) };
}

function expressionArgs(expr: string, names: readonly string[]): ExprArgs & OpStep["args"] {
  return { expr, names } as unknown as ExprArgs & OpStep["args"];
}

function axesOf(of: Expression, k: number, nodes: readonly ProgramNode[]): readonly number[] {
  const rank = nodes[of.inputs[k]!]!.shape.length;
  return of.args.axes?.[k] ?? Array.from({ length: rank }, (_, i) => of.shape.length - rank + i);
}

function literal(value: number | string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  return text.startsWith("-") ? `(${text})` : text;
}

/** The program without some nodes that nothing uses any more. */
function without(nodes: readonly ProgramNode[], gone: ReadonlySet<number>): Program {
  const places = new Map<number, number>();
  for (const index of nodes.keys()) if (!gone.has(index)) places.set(index, places.size);
  const to = (index: number): number => places.get(index)!;
  const kept = nodes.filter((_, index) => !gone.has(index));
  return { nodes: kept.map((node) => renumbered(node, to)) };
}

function renumbered(node: ProgramNode, to: (index: number) => number): ProgramNode {
  switch (node.kind) {
    case "read":
      return node;
    case "blockwise":
      return {
        ...node,
        inputs: node.inputs.map((input) => ("node" in input ? { ...input, node: to(input.node) } : input)),
        ...(node.scalars ? { scalars: node.scalars.map(to) } : {}),
      };
    case "kernel":
      return {
        ...node,
        inputs: node.inputs.map(to),
        ...(node.scalars ? { scalars: node.scalars.map(to) } : {}),
      };
    case "op":
    case "concatenate":
      return { ...node, inputs: node.inputs.map(to) };
    default:
      return { ...node, input: to(node.input) };
  }
}
