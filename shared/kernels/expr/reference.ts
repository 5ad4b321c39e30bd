import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { type DType, integerRange, isBigInt, isFloat, isUnsigned, itemSize } from "../../block/dtype.ts";
import { castReference } from "../cast.ts";
import { broadcastLoop, forEachRow } from "./broadcast.ts";
import { reachable } from "./emit.ts";
import type { ExprNode, MathName } from "./graph.ts";
import { callMath, hostMath } from "./host-math.ts";
import { roundTo } from "./operands.ts";
import type { TypedExpression } from "./typing.ts";

type Value = number | bigint;

/** The same as `runExpression` in plain TypeScript, node by node; transcendental functions are the kernel module's. */
export function expressionReference(
  typed: TypedExpression,
  inputs: readonly Block[],
  shape: readonly number[],
): Block {
  const values = new Map<number, Block>();
  for (const node of reachable(typed)) {
    const args = node.args.map((id) => values.get(id)!);
    values.set(node.id, evaluated(node, args, inputs, shape));
  }
  const result = values.get(typed.result)!;
  if (isFloat(result.dtype)) {
    for (const [i, x] of result.data.entries()) if (Number.isNaN(x)) result.data[i] = Number.NaN;
  }
  return result;
}

function evaluated(
  node: ExprNode,
  args: readonly Block[],
  inputs: readonly Block[],
  shape: readonly number[],
): Block {
  if (node.op === "input") return broadcast(inputs[node.input!]!, shape);
  if (node.op === "cast") return castReference(args[0]!, node.dtype);
  const result = newBlock(node.dtype, shape);
  const target = result.data as { [i: number]: Value };
  const dtype = args.at(-1)?.dtype ?? node.dtype;
  for (let i = 0; i < sizeOf(shape); i++) {
    const operands = args.map((arg) => arg.data[i]!);
    const value = node.op === "const" ? node.value! : element(node.op, dtype, operands);
    target[i] = typeof value === "boolean" ? Number(value) : inDType(value, node.dtype);
  }
  return result;
}

function broadcast(block: Block, shape: readonly number[]): Block {
  const result = newBlock(block.dtype, shape);
  if (sizeOf(shape) === 0) return result;
  const target = result.data as { [i: number]: Value };
  const loop = broadcastLoop(shape, [block.shape]);
  const row = loop.sizes.at(-1) ?? 1;
  forEachRow(loop, (index, [at]) => {
    for (let i = 0; i < row; i++) {
      target[index * row + i] = block.data[at! + i * (loop.strides[0]!.at(-1) ?? 0)]!;
    }
  });
  return result;
}

/** Wraps an integer, rounds a float. */
function inDType(value: Value, dtype: DType): Value {
  if (isFloat(dtype)) return roundTo(dtype, Number(value));
  if (dtype === "bool") return value ? 1 : 0;
  const bits = itemSize(dtype) * 8;
  const wrapped = isUnsigned(dtype)
    ? BigInt.asUintN(bits, BigInt(value))
    : BigInt.asIntN(bits, BigInt(value));
  return isBigInt(dtype) ? wrapped : Number(wrapped);
}

/** One element; `dtype` is that of the operands. Integers are computed without bounds, and wrapped afterwards. */
function element(op: ExprNode["op"], dtype: DType, operands: readonly Value[]): Value | boolean {
  const [x, y, z] = operands as [Value, Value, Value];
  switch (op) {
    case "select":
      return x ? y : z;
    case "lt":
      return x < y;
    case "le":
      return x <= y;
    case "gt":
      return x > y;
    case "ge":
      return x >= y;
    case "eq":
      return x === y;
    case "ne":
      return x !== y;
    case "min":
      return typeof x === "number" ? Math.min(x, y as number) : x < y ? x : y;
    case "max":
      return typeof x === "number" ? Math.max(x, y as number) : x > y ? x : y;
  }
  if (isFloat(dtype)) return floats(op, dtype, operands as readonly number[]);
  return integers(op, dtype, operands.map(BigInt));
}

function floats(op: ExprNode["op"], dtype: DType, operands: readonly number[]): number {
  const [x, y] = operands as [number, number];
  const single = dtype !== "float64";
  switch (op) {
    case "neg":
      return -x;
    case "abs":
      return Math.abs(x);
    case "sqrt":
      return Math.sqrt(x);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "trunc":
      return Math.trunc(x);
    case "rint": {
      // Adding and taking away 2^52 leaves no room for a fraction.
      const huge = 2 ** 52;
      return Math.abs(x) < huge ? (x < 0 || Object.is(x, -0) ? -(huge - x - huge) : x + huge - huge) : x;
    }
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return x * y;
    case "div":
      return x / y;
    case "floorDivide":
      return floorDivide(x, y, single ? Math.fround : (value) => value);
    case "remainder":
      return remainder(x, y, single ? Math.fround : (value) => value);
    case "power":
      return single ? hostMath().powerF32(x, y) : hostMath().powerF64(x, y);
    default:
      return callMath(op as MathName, operands);
  }
}

/** numpy's npy_remainder. JavaScript's % is C's fmod. */
function remainder(x: number, y: number, round: (value: number) => number): number {
  const rest = x % y;
  if (y === 0 || Number.isNaN(rest)) return Number.NaN;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 === y < 0 ? rest : round(rest + y);
}

/** numpy's npy_floor_divide. */
function floorDivide(x: number, y: number, round: (value: number) => number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  let quotient = round(round(x - rest) / y);
  if (rest !== 0 && rest < 0 !== y < 0) quotient = round(quotient - 1);
  if (quotient === 0) return 1 / (x / y) < 0 || x / y < 0 ? -0 : 0;
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

function integers(op: ExprNode["op"], dtype: DType, operands: readonly bigint[]): bigint {
  const [x, y] = operands as [bigint, bigint];
  switch (op) {
    case "not":
      return dtype === "bool" ? 1n - x : ~x;
    case "neg":
      return -x;
    case "abs":
      return x < 0n ? -x : x;
    case "and":
      return x & y;
    case "or":
      return x | y;
    case "xor":
      return x ^ y;
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return x * y;
    case "floorDivide":
      return y === 0n ? 0n : (x - modulo(x, y)) / y;
    case "remainder":
      return y === 0n ? 0n : modulo(x, y);
    case "power":
      return integerPower(x, y, integerRange(dtype)[1]);
    default:
      throw new Error(`${op} of integers`);
  }
}

function modulo(x: bigint, y: bigint): bigint {
  const rest = x % y;
  return rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
}

function integerPower(base: bigint, exponent: bigint, largest: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  // Modulo twice the range nothing is lost: the result wraps anyway.
  const modulus = (largest + 1n) * 4n;
  let result = 1n;
  for (let rest = exponent, square = base; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}
