import { reachable } from "./emit.ts";
import { laneWidth } from "./emitter.ts";
import type { ExprNode } from "./graph.ts";
import type { TypedExpression } from "./typing.ts";

/** Nanoseconds of what is computed element by element, roughly. */
const SLOW: { readonly [op in ExprNode["op"]]?: number } = {
  power: 40,
  floorDivide: 8,
  remainder: 12,
  exp: 12,
  exp2: 12,
  expm1: 20,
  log: 15,
  log2: 15,
  log10: 20,
  log1p: 20,
  sin: 18,
  cos: 18,
  tan: 25,
  tanh: 25,
  arctan2: 30,
  hypot: 8,
};

/** CPU nanoseconds per element: what registers do goes by the bytes of a lane, and float16 is rounded each time. */
export function costOf(typed: TypedExpression): number {
  let sum = 0.1;
  for (const { op, dtype } of reachable(typed)) {
    sum += SLOW[op] ?? (op === "const" ? 0 : 0.04 * laneWidth(dtype) + (dtype === "float16" ? 2 : 0));
  }
  return sum;
}
