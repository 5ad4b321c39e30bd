import { type DType, isFloat, isUnsigned } from "../../block/dtype.ts";
import type { BinaryName, CompareName, ExprGraph, ExprNode } from "./graph.ts";
import { convert, fits, isPlain, type Operand, resultType } from "./operands.ts";
import { plainArithmetic, plainCompare } from "./plain-numbers.ts";
import type { ArithmeticOp, BitwiseOp, CompareOp } from "./syntax.ts";

const NAMES: { readonly [op in ArithmeticOp]: BinaryName } = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "//": "floorDivide",
  "%": "remainder",
  "**": "power",
};
const COMPARISONS: { readonly [op in CompareOp]: CompareName } = {
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "==": "eq",
  "!=": "ne",
};

/** numpy's + - * / // % ** of two operands. RangeError where a number does not fit, TypeError where numpy refuses. */
export function arithmetic(graph: ExprGraph, op: ArithmeticOp, a: Operand, b: Operand): Operand {
  if (isPlain(a) && isPlain(b)) return plainArithmetic(op, a, b);
  const dtype = resultType([a, b]);
  if (op === "/") return binary(graph, "div", isFloat(dtype) ? dtype : "float64", a, b);
  if (op === "**") return power(graph, dtype, a, b);
  if (dtype !== "bool") return binary(graph, NAMES[op], dtype, a, b);
  switch (op) {
    case "+":
      return binary(graph, "or", dtype, a, b);
    case "*":
      return binary(graph, "and", dtype, a, b);
    case "-":
      throw new TypeError("- is not defined for two bools: write a != b, or a and not b");
    default:
      return binary(graph, NAMES[op], "int8", a, b);
  }
}

function binary(graph: ExprGraph, name: BinaryName, dtype: DType, a: Operand, b: Operand): ExprNode {
  return graph.add(name, dtype, [convert(graph, a, dtype), convert(graph, b, dtype)]);
}

/** numpy's shortcuts for a plain exponent give other roundings than its power function, so they are followed. */
function power(graph: ExprGraph, dtype: DType, a: Operand, b: Operand): ExprNode {
  if (!isPlain(b)) return binary(graph, "power", dtype === "bool" ? "int8" : dtype, a, b);
  const base = convert(graph, a, !isPlain(a) && a.dtype === "bool" && b === 2n ? "int8" : dtype);
  // Of an integer dtype the exponent is one of its values, or numpy refuses.
  const exponent = convert(graph, b, base.dtype);
  const number = Number(b);
  if (number === 1) return base;
  if (number === 2) return graph.add("mul", base.dtype, [base, base]);
  if (!isFloat(base.dtype)) {
    if (number < 0)
      throw new TypeError("integers to negative powers are not integers: cast the base to a float");
    return graph.add("power", base.dtype, [base, exponent]);
  }
  const one = graph.constant(base.dtype, 1);
  if (number === 0) return one;
  if (number === -1) return graph.add("div", base.dtype, [one, base]);
  if (number === 0.5) return graph.add("sqrt", base.dtype, [base]);
  return graph.add("power", base.dtype, [base, exponent]);
}

/** numpy's & | ^: of bools logical, of integers by bit. */
export function bitwise(graph: ExprGraph, op: BitwiseOp, a: Operand, b: Operand): Operand {
  if (isPlain(a) && isPlain(b)) return plainArithmetic(op, a, b);
  const dtype = resultType([a, b]);
  if (isFloat(dtype)) throw new TypeError(`${op} takes bools and integers, not ${dtype}: compare first`);
  return binary(graph, op === "&" ? "and" : op === "|" ? "or" : "xor", dtype, a, b);
}

/** Comparisons, exact between all integers whatever their signs and sizes, and with plain whole numbers, as numpy 2. */
export function compare(graph: ExprGraph, op: CompareOp, a: Operand, b: Operand): ExprNode {
  if (isPlain(a) && isPlain(b)) return graph.constant("bool", plainCompare(op, a, b) ? 1 : 0);
  const name = COMPARISONS[op];
  const dtype = resultType([a, b]);
  if (!isFloat(dtype)) {
    const outside = [a, b].find((x) => typeof x === "bigint" && !fits(x, dtype));
    if (outside !== undefined) {
      const sign = (outside as bigint) < 0n ? -1 : 1;
      return graph.constant(
        "bool",
        plainCompare(op, outside === a ? sign : 0, outside === b ? sign : 0) ? 1 : 0,
      );
    }
  }
  if (!isPlain(a) && !isPlain(b) && isFloat(dtype) && !isFloat(a.dtype) && !isFloat(b.dtype)) {
    return isUnsigned(a.dtype) ? mixed(graph, MIRRORED[name], b, a) : mixed(graph, name, a, b);
  }
  return graph.add(name, "bool", [convert(graph, a, dtype), convert(graph, b, dtype)]);
}

const MIRRORED: { readonly [name in CompareName]: CompareName } = {
  lt: "gt",
  le: "ge",
  gt: "lt",
  ge: "le",
  eq: "eq",
  ne: "ne",
};

/** A signed integer against a uint64: below zero it is the smaller, else both are compared unsigned. */
function mixed(graph: ExprGraph, name: CompareName, signed: ExprNode, unsigned: ExprNode): ExprNode {
  const wide = graph.cast(signed, "int64");
  const zero = graph.constant("int64", 0);
  const among = graph.add(name, "bool", [graph.cast(wide, "uint64"), graph.cast(unsigned, "uint64")]);
  const below = name === "lt" || name === "le" || name === "ne";
  return below
    ? graph.add("or", "bool", [graph.add("lt", "bool", [wide, zero]), among])
    : graph.add("and", "bool", [graph.add("ge", "bool", [wide, zero]), among]);
}

/** A bool of each element: != 0, as numpy's logical functions take it. */
export function truth(graph: ExprGraph, operand: Operand): ExprNode {
  return convert(graph, operand, "bool");
}
