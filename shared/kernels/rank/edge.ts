import { type Boundary, mapIndex, parseBoundary } from "../../block/boundary.ts";
import { elementOf } from "../../block/copy.ts";
import { allocate, type DType, integerRange, isBigInt, isFloat } from "../../block/dtype.ts";

/** What lies beyond the ends of a block: a boundary, or everywhere the least or the greatest value of the dtype. */
export type Edge = Exclude<Boundary, "none"> | "least" | "greatest";

export const WINDOW_MODES = ["reflect", "constant", "nearest", "mirror", "wrap"] as const;
export type WindowMode = (typeof WINDOW_MODES)[number];

/** scipy's mode and cval as an edge. */
export function edgeOf(args: { readonly mode: WindowMode; readonly cval: number }): Edge {
  return parseBoundary(args.mode === "constant" ? { constant: args.cval } : args.mode) as Edge;
}

/** The index within [0, n) that stands for `i`, or CONSTANT_INDEX. */
export function edgeIndex(i: number, n: number, edge: Edge): number {
  return mapIndex(i, n, edge === "least" || edge === "greatest" ? { constant: 0 } : edge);
}

/** The element that is meant by CONSTANT_INDEX, as the dtype holds it. */
export function edgeElement(dtype: DType, edge: Edge): number | bigint {
  const element = allocate(dtype, 1) as { [i: number]: number | bigint };
  element[0] = elementOf(dtype, constantOf(dtype, edge));
  return element[0];
}

function constantOf(dtype: DType, edge: Edge): number | bigint {
  if (typeof edge === "object") return Number(edge.constant);
  if (edge !== "least" && edge !== "greatest") return 0;
  if (isFloat(dtype)) return edge === "least" ? -Infinity : Infinity;
  const [least, greatest] = integerRange(dtype);
  const value = edge === "least" ? least : greatest;
  return isBigInt(dtype) ? value : Number(value);
}
