import { DTYPES, type DType, integerRange, isFloat, isUnsigned } from "../../block/dtype.ts";
import { arithmetic, truth } from "./arithmetic.ts";
import type { ExprGraph, ExprNode, MathName, UnaryName } from "./graph.ts";

import { callMath } from "./host-math.ts";
import { convert, fits, floatType, isPlain, type Operand, resultType } from "./operands.ts";
import { plainCompare } from "./plain-numbers.ts";

/** A function of the language: how many arguments it takes, and what it is of them. */
interface ExprFunction {
  readonly min: number;
  readonly max: number;
  readonly build: (graph: ExprGraph, args: readonly Operand[]) => Operand;
}

const MATH: readonly MathName[] = [
  "exp",
  "exp2",
  "expm1",
  "log",
  "log2",
  "log10",
  "log1p",
  "sin",
  "cos",
  "tan",
  "tanh",
];

const FUNCTIONS: ReadonlyMap<string, ExprFunction> = new Map<string, ExprFunction>([
  ["where", { min: 3, max: 3, build: (graph, [c, a, b]) => where(graph, c!, a!, b!) }],
  ["abs", unary((graph, x) => (isPlain(x) ? (x < 0 ? -x : x) : absolute(graph, x)))],
  ["sqrt", unary((graph, x) => (isPlain(x) ? plainSqrt(Number(x)) : onFloats(graph, "sqrt", [x])))],
  ...MATH.map((name): [string, ExprFunction] => [name, math(name, 1)]),
  ["arctan2", math("arctan2", 2)],
  ["hypot", math("hypot", 2)],
  ["power", { min: 2, max: 2, build: (graph, [a, b]) => arithmetic(graph, "**", a!, b!) }],
  ...(["min", "max"] as const).flatMap((name): [string, ExprFunction][] => [
    [name, extreme(name)],
    [`${name}imum`, extreme(name)],
  ]),
  ["clip", { min: 3, max: 3, build: (graph, [x, low, high]) => clip(graph, x!, low!, high!) }],
  ["floor", rounded("floor", Math.floor)],
  ["ceil", rounded("ceil", Math.ceil)],
  ["trunc", rounded("trunc", Math.trunc)],
  ["round", rounded("rint", nearestEven)],
  ["sign", unary(sign)],
  ["isnan", unary((graph, x) => special(graph, x, "isnan"))],
  ["isinf", unary((graph, x) => special(graph, x, "isinf"))],
  ["isfinite", unary((graph, x) => special(graph, x, "isfinite"))],
  ...DTYPES.map((dtype): [string, ExprFunction] => [dtype, unary((graph, x) => cast(graph, x, dtype))]),
]);

/** Numbers that have names, where no array or argument is called so. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ["pi", Math.PI],
  ["inf", Number.POSITIVE_INFINITY],
  ["nan", Number.NaN],
]);

export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()];

export function functionNamed(name: string): ExprFunction | undefined {
  return FUNCTIONS.get(name);
}

function unary(build: (graph: ExprGraph, x: Operand) => Operand): ExprFunction {
  return { min: 1, max: 1, build: (graph, [x]) => build(graph, x!) };
}

/** Of plain numbers a plain number: sqrt(2) does not make float64 of float32 pixels. */
function math(name: MathName, arity: 1 | 2): ExprFunction {
  return {
    min: arity,
    max: arity,
    build: (graph, args) =>
      args.every(isPlain) ? callMath(name, args.map(Number)) : onFloats(graph, name, args),
  };
}

function onFloats(graph: ExprGraph, name: MathName | "sqrt", args: readonly Operand[]): ExprNode {
  const dtype = args.some((x) => isPlain(x)) ? wide(args) : floatType(args);
  return graph.add(
    name,
    dtype,
    args.map((arg) => convert(graph, arg, dtype)),
  );
}

/** With a plain number beside an integer array, the float of the promoted dtype. */
function wide(args: readonly Operand[]): DType {
  const dtype = resultType(args);
  return isFloat(dtype) ? dtype : floatType(args.map((arg) => (isPlain(arg) ? arg : { ...arg, dtype })));
}

function plainSqrt(x: number): number {
  if (x < 0) throw new RangeError("the square root of a negative number");
  return Math.sqrt(x);
}

function where(graph: ExprGraph, condition: Operand, a: Operand, b: Operand): ExprNode {
  const dtype = resultType([a, b]);
  const chosen = [convert(graph, a, dtype), convert(graph, b, dtype)];
  return graph.add("select", dtype, [truth(graph, condition), ...chosen]);
}

function absolute(graph: ExprGraph, x: ExprNode): ExprNode {
  return isUnsigned(x.dtype) ? x : graph.add("abs", x.dtype, [x]);
}

function extreme(name: "min" | "max"): ExprFunction {
  return {
    min: 2,
    max: 16,
    build: (graph, args) => args.reduce((a, b) => extremeOf(graph, name, a, b)),
  };
}

/** numpy.minimum and maximum: a NaN on either side is the result. */
function extremeOf(graph: ExprGraph, name: "min" | "max", a: Operand, b: Operand): Operand {
  if (isPlain(a) && isPlain(b)) {
    if (Number.isNaN(Number(a))) return a;
    return plainCompare(name === "min" ? "<=" : ">=", a, b) ? a : b;
  }
  const dtype = resultType([a, b]);
  const op = dtype === "bool" ? (name === "min" ? "and" : "or") : name;
  return graph.add(op, dtype, [convert(graph, a, dtype), convert(graph, b, dtype)]);
}

/** numpy.clip: whole bounds beyond the dtype's range are its ends. */
function clip(graph: ExprGraph, x: Operand, low: Operand, high: Operand): Operand {
  if (isPlain(x) && isPlain(low) && isPlain(high)) {
    return extremeOf(graph, "min", extremeOf(graph, "max", x, low), high);
  }
  const dtype = resultType([x, low, high]);
  const [min, max] = isFloat(dtype) ? [0n, 0n] : integerRange(dtype);
  const within = (bound: Operand): Operand =>
    typeof bound !== "bigint" || isFloat(dtype) || fits(bound, dtype) ? bound : bound < min ? min : max;
  const [value, lowest, highest] = [x, within(low), within(high)].map((y) => convert(graph, y, dtype));
  if (dtype === "bool") return graph.add("and", dtype, [graph.add("or", dtype, [value!, lowest!]), highest!]);
  return graph.add("min", dtype, [graph.add("max", dtype, [value!, lowest!]), highest!]);
}

/** Integers are whole already; numpy's round makes float16 of bool, its floor and ceil keep it. */
function rounded(name: UnaryName, plain: (x: number) => number): ExprFunction {
  return unary((graph, x) => {
    if (typeof x === "bigint") return x;
    if (typeof x === "number") return plain(x);
    if (name === "rint" && x.dtype === "bool") return graph.cast(x, "float16");
    return isFloat(x.dtype) ? graph.add(name, x.dtype, [x]) : x;
  });
}

function nearestEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

function sign(graph: ExprGraph, x: Operand): Operand {
  if (isPlain(x)) return typeof x === "bigint" ? BigInt(x > 0n) - BigInt(x < 0n) : Math.sign(x);
  if (x.dtype === "bool") throw new TypeError("sign is not defined for bool: cast first");
  const zero = graph.constant(x.dtype, 0);
  const one = graph.constant(x.dtype, 1);
  const positive = graph.add("gt", "bool", [x, zero]);
  if (isUnsigned(x.dtype)) return graph.add("select", x.dtype, [positive, one, zero]);
  const negative = graph.add("lt", "bool", [x, zero]);
  const minus = graph.constant(x.dtype, -1);
  // What is neither is 0 or NaN, and stays.
  const rest = graph.add("select", x.dtype, [negative, minus, x]);
  return graph.add("select", x.dtype, [positive, one, rest]);
}

function special(graph: ExprGraph, x: Operand, name: "isnan" | "isinf" | "isfinite"): ExprNode {
  const value = isPlain(x) ? convert(graph, x, "float64") : x;
  if (!isFloat(value.dtype)) return graph.constant("bool", name === "isfinite" ? 1 : 0);
  if (name === "isnan") return graph.add("ne", "bool", [value, value]);
  const size = graph.add("abs", value.dtype, [value]);
  const infinity = graph.constant(value.dtype, Number.POSITIVE_INFINITY);
  return graph.add(name === "isinf" ? "eq" : "lt", "bool", [size, infinity]);
}

/** The interface's casts of elements; a plain number must fit, as numpy.uint8(300) is refused. */
function cast(graph: ExprGraph, x: Operand, dtype: DType): ExprNode {
  if (typeof x !== "number" || isFloat(dtype) || dtype === "bool") return convert(graph, x, dtype);
  if (!Number.isFinite(x)) throw new RangeError(`${x} does not fit ${dtype}`);
  return convert(graph, BigInt(Math.trunc(x)), dtype);
}
