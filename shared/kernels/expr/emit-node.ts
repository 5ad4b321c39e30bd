import { type DType, isFloat, isUnsigned } from "../../block/dtype.ts";
import { constantLane } from "./constant-lane.ts";
import { emitCast, maskOfWidth, stackType } from "./emit-cast.ts";
import { emitFloorDivide, emitRemainder } from "./emit-divide.ts";
import { type Emitter, type Lanes, laneWidth, shapeOf } from "./emitter.ts";
import type { ExprNode, MathName } from "./graph.ts";
import { mathExport } from "./host-math.ts";
import { ARITHMETIC, ORDER, V } from "./simd.ts";
import { F32, F64, type FunctionType, I64 } from "./wasm-bytes.ts";

/** An operand of a node that is being emitted. */
export interface Emitted {
  readonly lanes: Lanes;
  readonly dtype: DType;
}

/** Operations after which float16, computed as float32, is rounded to its own values. */
const ROUNDS = new Set<ExprNode["op"]>(["add", "sub", "mul", "div", "sqrt"]);

/** The code of one node but inputs and constants. */
export function emitNode(e: Emitter, node: ExprNode, args: readonly Emitted[]): Lanes {
  const [a, b] = args;
  const lanes = operation(e, node, a!, b, args[2]);
  return node.dtype === "float16" && ROUNDS.has(node.op) ? e.callEach("roundHalf4", lanes) : lanes;
}

function operation(
  e: Emitter,
  node: ExprNode,
  a: Emitted,
  b: Emitted | undefined,
  c: Emitted | undefined,
): Lanes {
  const { op, dtype } = node;
  switch (op) {
    case "cast":
      return emitCast(e, a.lanes, a.dtype, dtype);
    case "select":
      return select(e, a.lanes, b!.lanes, c!.lanes);
    case "not":
      return e.each(a.lanes, (register) => e.apply(V.not, register));
    case "and":
    case "or":
    case "xor":
      return bitwise(e, V[op], a, b!);
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      return a.dtype === "bool"
        ? compareMasks(e, op, a.lanes, b!.lanes)
        : ordered(e, op, a.dtype, a.lanes, b!.lanes);
    case "min":
    case "max":
      return extreme(e, op, dtype, a.lanes, b!.lanes);
    case "mul":
      return multiply(e, dtype, a.lanes, b!.lanes);
    case "neg":
    case "abs":
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
    case "rint":
    case "add":
    case "sub":
    case "div":
      return each(e, op, dtype, a, b);
    case "floorDivide":
    case "remainder":
    case "power":
      return divided(e, op, dtype, a, b!);
    case "input":
    case "const":
      throw new Error(`${op} is emitted by itself`);
    default:
      return mathematical(e, mathExport(op satisfies MathName), dtype, b ? [a, b] : [a]);
  }
}

function each(e: Emitter, name: string, dtype: DType, a: Emitted, b: Emitted | undefined): Lanes {
  const opcode = ARITHMETIC[name]![shapeOf(dtype)]!;
  return e.each(a.lanes, (register, i) =>
    b ? e.apply(opcode, register, b.lanes.registers[i]!) : e.apply(opcode, register),
  );
}

function select(e: Emitter, condition: Lanes, a: Lanes, b: Lanes): Lanes {
  const width = a.width > b.width ? a.width : b.width;
  const mask = maskOfWidth(e, condition, width);
  // Only masks differ in width.
  const [x, y] = [a, b].map((lanes) => maskOfWidth(e, lanes, width));
  return e.each(x!, (register, i) => e.apply(V.bitselect, register, y!.registers[i]!, mask.registers[i]!));
}

/** Integers, or masks, which are brought to the wider lanes of the two. */
function bitwise(e: Emitter, opcode: number, a: Emitted, b: Emitted): Lanes {
  const width = a.lanes.width > b.lanes.width ? a.lanes.width : b.lanes.width;
  const [x, y] = [a, b].map(({ lanes }) => maskOfWidth(e, lanes, width));
  return e.each(x!, (register, i) => e.apply(opcode, register, y!.registers[i]!));
}

/** false is before true. A set mask is -1, so the order turns around. */
function compareMasks(e: Emitter, op: string, a: Lanes, b: Lanes): Lanes {
  const width = a.width > b.width ? a.width : b.width;
  const [x, y] = [a, b].map((lanes) => maskOfWidth(e, lanes, width));
  const signedType = ({ 1: "int8", 2: "int16", 4: "int32", 8: "int64" } as const)[width];
  return ordered(e, op, signedType, y!, x!);
}

function ordered(e: Emitter, op: string, dtype: DType, a: Lanes, b: Lanes): Lanes {
  const unsigned = isUnsigned(dtype) && op !== "eq" && op !== "ne";
  // There is no unsigned comparison of 64 bits: with the first bit turned over, the signed one is right.
  const [x, y] = unsigned && a.width === 8 ? [flipped(e, a), flipped(e, b)] : [a, b];
  const opcode = ORDER[op]![shapeOf(dtype)]! + (unsigned && a.width < 8 ? 1 : 0);
  return e.each(x, (register, i) => e.apply(opcode, register, y.registers[i]!));
}

function flipped(e: Emitter, lanes: Lanes): Lanes {
  const first = e.constant(constantLane("uint64", 1n << 63n));
  return e.each(lanes, (register) => e.apply(V.xor, register, first));
}

function extreme(e: Emitter, op: "min" | "max", dtype: DType, a: Lanes, b: Lanes): Lanes {
  const opcode = ORDER[op]![shapeOf(dtype)];
  if (opcode === undefined) {
    const smaller = ordered(e, "lt", dtype, a, b);
    return op === "min" ? select(e, smaller, a, b) : select(e, smaller, b, a);
  }
  const sign = isUnsigned(dtype) ? 1 : 0;
  return e.each(a, (register, i) => e.apply(opcode + sign, register, b.registers[i]!));
}

function divided(
  e: Emitter,
  op: "floorDivide" | "remainder" | "power",
  dtype: DType,
  a: Emitted,
  b: Emitted,
): Lanes {
  if (op === "power" || isFloat(dtype) || laneWidth(dtype) === 8) return called(e, op, dtype, [a, b]);
  if (op === "floorDivide") return emitFloorDivide(e, dtype, a.lanes, b.lanes);
  return emitRemainder(e, dtype, a.lanes, b.lanes, (x, y) => multiply(e, dtype, x, y));
}

function multiply(e: Emitter, dtype: DType, a: Lanes, b: Lanes): Lanes {
  if (dtype.endsWith("int8")) return multiplyBytes(e, dtype, a, b);
  return each(e, "mul", dtype, { lanes: a, dtype }, { lanes: b, dtype });
}

/** There is no product of bytes: the low bits of that of shorts. */
function multiplyBytes(e: Emitter, dtype: DType, a: Lanes, b: Lanes): Lanes {
  const [x, y] = [a, b].map((lanes) => e.widen(lanes, !isUnsigned(dtype)));
  return e.narrow(
    e.each(x!, (register, i) => e.apply(ARITHMETIC["mul"]!["i16x8"]!, register, y!.registers[i]!)),
  );
}

/** Element by element through the kernel module, integers in 64 bits. */
function called(
  e: Emitter,
  op: "floorDivide" | "remainder" | "power",
  dtype: DType,
  args: readonly Emitted[],
): Lanes {
  if (isFloat(dtype)) {
    const type = stackType(dtype);
    const bits = type === F64 ? "F64" : "F32";
    const lanes = e.scalarly(args, dtype, () => e.call(op + bits, { params: [type, type], results: [type] }));
    return dtype === "float16" ? e.callEach("roundHalf4", lanes) : lanes;
  }
  const unsigned = isUnsigned(dtype);
  const wide: FunctionType = { params: [I64, I64], results: [I64] };
  const small = laneWidth(dtype) < 8;
  return e.scalarly(
    args,
    dtype,
    () => {
      e.call(op + (unsigned ? "U64" : "I64"), wide);
      // i32.wrap_i64
      if (small) e.emit(0xa7);
    },
    // i64.extend_i32_s, _u
    () => small && e.emit(unsigned ? 0xad : 0xac),
  );
}

/** Element by element in float64, rounded to the dtype. */
function mathematical(e: Emitter, name: string, dtype: DType, args: readonly Emitted[]): Lanes {
  const type: FunctionType = { params: args.map(() => F64), results: [F64] };
  const short = stackType(dtype) === F32;
  return e.scalarly(
    args,
    dtype,
    () => {
      e.call(name, type);
      if (dtype === "float16") e.call("roundHalf", { params: [F64], results: [F32] });
      // f32.demote_f64
      else if (short) e.emit(0xb6);
    },
    // f64.promote_f32
    () => short && e.emit(0xbb),
  );
}
