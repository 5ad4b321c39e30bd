import { type DType, integerRange, isFloat, itemSize } from "../../block/dtype.ts";
import { promote } from "../../block/promote.ts";
import type { ExprGraph, ExprNode } from "./graph.ts";
import type { Plain } from "./plain-numbers.ts";

/** What a part of an expression is: elements with a dtype, or a plain number that has none yet. */
export type Operand = ExprNode | Plain;

export function isPlain(operand: Operand): operand is Plain {
  return typeof operand !== "object";
}

/** numpy.result_type by NEP 50: a plain number keeps the arrays' kind, or raises it from bool to int to float. */
export function resultType(operands: readonly Operand[]): DType {
  const dtypes = operands.flatMap((operand) => (isPlain(operand) ? [] : [operand.dtype]));
  const plain = operands.filter(isPlain);
  const anyFloat = plain.some((value) => typeof value === "number");
  if (dtypes.length === 0) return anyFloat ? "float64" : "int64";
  const strong = dtypes.reduce(promote);
  if (plain.length === 0 || isFloat(strong)) return strong;
  if (anyFloat) return "float64";
  return strong === "bool" ? "int64" : strong;
}

/**
 * The float that numpy computes in where a function has loops for floats only: the narrowest that holds every operand, so
 * float16 for 8 bits, float32 for 16.
 */
export function floatType(operands: readonly Operand[]): DType {
  const bits = operands.map((operand) =>
    isPlain(operand)
      ? 0
      : isFloat(operand.dtype)
        ? itemSize(operand.dtype) * 8
        : itemSize(operand.dtype) * 16,
  );
  const most = Math.max(...bits, isPlain(operands[0]!) && operands.every(isPlain) ? 64 : 16);
  return most <= 16 ? "float16" : most <= 32 ? "float32" : "float64";
}

/** An operand in a dtype. A RangeError where a plain whole number does not fit an integer dtype, as in numpy 2. */
export function convert(graph: ExprGraph, operand: Operand, dtype: DType): ExprNode {
  return isPlain(operand) ? literal(graph, operand, dtype) : graph.cast(operand, dtype);
}

function literal(graph: ExprGraph, value: Plain, dtype: DType): ExprNode {
  if (dtype === "bool") return graph.constant(dtype, value ? 1 : 0);
  if (isFloat(dtype)) return graph.constant(dtype, roundTo(dtype, finite(value)));
  if (typeof value === "number")
    throw new RangeError(`${value} is not a whole number, and ${dtype} is wanted`);
  if (!fits(value, dtype)) throw new RangeError(`${value} does not fit ${dtype}`);
  return graph.constant(dtype, value);
}

export function fits(value: bigint, dtype: DType): boolean {
  const [min, max] = integerRange(dtype);
  return value >= min && value <= max;
}

/** A whole number so large that it would become infinity is refused; a float may be infinite. */
function finite(value: Plain): number {
  const float = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(float))
    throw new RangeError("a whole number is too large for a float");
  return float;
}

export function roundTo(dtype: DType, value: number): number {
  return dtype === "float16" ? Math.f16round(value) : dtype === "float32" ? Math.fround(value) : value;
}
