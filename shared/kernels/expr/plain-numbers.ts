import { hostMath } from "./host-math.ts";
import type { ArithmeticOp, BitwiseOp, CompareOp } from "./syntax.ts";

/**
 * A number that the text or an argument gives, as Python's int or float: weak, it takes the dtype of the arrays it meets
 * (NEP 50). Numbers among themselves are computed as Python does.
 */
export type Plain = bigint | number;

/** A whole number beyond this many bits is a mistake, or an attempt to fill the memory. */
const MAX_BITS = 4096n;

/** Throws a RangeError with the reason where Python raises. */
export function plainArithmetic(op: ArithmeticOp | BitwiseOp, a: Plain, b: Plain): Plain {
  if (typeof a === "bigint" && typeof b === "bigint" && op !== "/") return integers(op, a, b);
  const [x, y] = [Number(a), Number(b)];
  switch (op) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "**":
      if (x === 0 && y < 0) throw new RangeError("0 to a negative power");
      if (x < 0 && !Number.isInteger(y)) throw new RangeError("a power that is a complex number");
      return hostMath().powerF64(x, y);
    case "&":
    case "|":
    case "^":
      throw new RangeError(`${op} of numbers that are not whole`);
  }
  if (y === 0) throw new RangeError("division by zero");
  if (op === "/") return x / y;
  return op === "//" ? hostMath().floorDivideF64(x, y) : hostMath().remainderF64(x, y);
}

function integers(op: Exclude<ArithmeticOp, "/"> | BitwiseOp, a: bigint, b: bigint): Plain {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return bounded(a) * bounded(b);
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "**":
      if (b < 0n) return plainArithmetic("**", Number(a), Number(b));
      if (b > MAX_BITS && a * a > 1n) throw new RangeError("a power that is too large");
      return bounded(bounded(a, 64n) ** (a * a > 1n ? b : b % 2n === 0n ? b && 2n : 1n));
  }
  if (b === 0n) throw new RangeError("division by zero");
  const rest = a % b;
  const uneven = rest !== 0n && rest < 0n !== b < 0n;
  if (op === "%") return uneven ? rest + b : rest;
  return uneven ? a / b - 1n : a / b;
}

function bounded(value: bigint, bits = MAX_BITS): bigint {
  if (value >> bits !== 0n && value >> bits !== -1n) throw new RangeError("a whole number that is too large");
  return value;
}

/** Exact between whole and other numbers, as in Python. */
export function plainCompare(op: CompareOp, a: Plain, b: Plain): boolean {
  switch (op) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "==":
      // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1, and === never holds between the two
      return a == b;
    case "!=":
      // biome-ignore lint/suspicious/noDoubleEquals: as above
      return a != b;
  }
}
