import { type DType, itemSize } from "../../block/dtype.ts";
import { constantLane } from "./constant-lane.ts";
import { maskOfWidth } from "./emit-cast.ts";
import { emitNode } from "./emit-node.ts";
import { Emitter, type Lanes, laneWidth, shapeOf } from "./emitter.ts";
import type { ExprNode } from "./graph.ts";
import { ORDER, V } from "./simd.ts";
import type { TypedExpression } from "./typing.ts";
import { encodeModule, type FunctionType, I32, signed, V128 } from "./wasm-bytes.ts";

/** A compiled expression: bytes of a module whose `run(n, out, ...inputs)` computes n >= batch elements. */
export interface EmittedExpression {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly batch: number;
}

/** Parameters: number of elements, address of the result; then an address for each input. */
const N = 0;
const OUT = 1;
const FIRST_INPUT = 2;

/**
 * Compiles an expression. `single[k]` says that input k is one element for the whole call; the others have n elements
 * one after another. The last batch begins `batch` before the end, so that it overlaps the one before instead of ending
 * short: every element goes through the same instructions.
 */
export function emitExpression(typed: TypedExpression, single: readonly boolean[]): EmittedExpression {
  const nodes = reachable(typed);
  const batch = batchOf(nodes);
  const position = FIRST_INPUT + single.length;
  const limit = position + 1;
  const e = new Emitter(batch, limit + 1);
  const done = new Map<number, Lanes>();
  const emit = (node: ExprNode): void => {
    done.set(node.id, lanesOf(e, node, typed, single, position, done));
  };

  // What is the same for all elements is computed once.
  const uniform = new Set<number>();
  for (const node of nodes) {
    const same = node.op === "input" ? single[node.input!]! : node.args.every((arg) => uniform.has(arg));
    if (!same) continue;
    uniform.add(node.id);
    emit(node);
  }
  e.get(N);
  e.emit(0x41, ...signed(batch), 0x6b); // i32.const, i32.sub
  e.set(limit);
  e.emit(0x03, 0x40); // loop
  for (const node of nodes) if (!uniform.has(node.id)) emit(node);
  store(e, done.get(typed.result)!, typed.dtype, position);
  // position == limit: done
  e.get(position);
  e.get(limit);
  e.emit(0x47, 0x04, 0x40); // i32.ne, if
  // position = min(position + batch, limit)
  e.get(position);
  e.emit(0x41, ...signed(batch), 0x6a); // i32.add
  e.get(limit);
  e.get(position);
  e.emit(0x41, ...signed(batch), 0x6a);
  e.get(limit);
  e.emit(0x49, 0x1b); // i32.lt_u, select
  e.set(position);
  e.emit(0x0c, 0x01, 0x0b, 0x0b); // br 1, end, end

  const type: FunctionType = { params: [I32, I32, ...single.map((): typeof I32 => I32)], results: [] };
  const locals = [
    [2, I32],
    [e.vectorLocals, V128],
  ] as const;
  return { bytes: encodeModule(e.imports, type, locals, e.code), batch };
}

/** Nodes that the result depends on, arguments first. */
export function reachable(typed: TypedExpression): ExprNode[] {
  const needed = new Set<number>([typed.result]);
  for (let id = typed.result; id >= 0; id--) {
    if (needed.has(id)) for (const arg of typed.nodes[id]!.args) needed.add(arg);
  }
  return typed.nodes.filter((node) => needed.has(node.id));
}

/** Elements at a time: as many as keep what is alive within about the registers that machines have. */
function batchOf(nodes: readonly ExprNode[]): number {
  const widths = nodes
    .filter((node) => node.op !== "const" && node.dtype !== "bool")
    .map((node) => laneWidth(node.dtype));
  const widest = Math.max(1, ...widths);
  const bytes = nodes.length * widest;
  return bytes <= 8 ? 16 : widest <= 4 && nodes.length <= 12 ? 8 : widest === 1 ? 16 : widest === 2 ? 8 : 4;
}

function lanesOf(
  e: Emitter,
  node: ExprNode,
  typed: TypedExpression,
  single: readonly boolean[],
  position: number,
  done: ReadonlyMap<number, Lanes>,
): Lanes {
  if (node.op === "const") {
    const register = e.constant(constantLane(node.dtype, node.value!));
    return repeated(e, register, node.dtype);
  }
  if (node.op === "input") {
    const parameter = FIRST_INPUT + node.input!;
    return single[node.input!]
      ? loadSingle(e, node.dtype, parameter)
      : load(e, node.dtype, parameter, position);
  }
  const args = node.args.map((id) => ({ lanes: done.get(id)!, dtype: typed.nodes[id]!.dtype }));
  return emitNode(e, node, args);
}

function repeated(e: Emitter, register: number, dtype: DType): Lanes {
  const width = laneWidth(dtype);
  return { width, registers: new Array<number>(e.registersOf(width)).fill(register) };
}

function loadSingle(e: Emitter, dtype: DType, parameter: number): Lanes {
  const size = itemSize(dtype);
  e.get(parameter);
  e.simd({ 1: V.load8Splat, 2: V.load16Splat, 4: V.load32Splat, 8: V.load64Splat }[size], 0, 0);
  let register = e.kept();
  if (dtype === "float16") {
    const shorts = { width: 2 as const, registers: [register] };
    register = fromHalf(e, e.widen(shorts, false)).registers[0]!;
  }
  if (dtype === "bool") register = nonZero(e, register);
  return repeated(e, register, dtype);
}

/** Address of the batch: parameter + position * size. */
function address(e: Emitter, parameter: number, position: number, size: number): void {
  e.get(parameter);
  e.get(position);
  if (size > 1) e.emit(0x41, ...signed(Math.log2(size)), 0x74); // i32.const, i32.shl
  e.emit(0x6a); // i32.add
}

function load(e: Emitter, dtype: DType, parameter: number, position: number): Lanes {
  const size = itemSize(dtype);
  const bytes = e.batch * size;
  const registers: number[] = [];
  for (let offset = 0; offset < bytes; offset += 16) {
    address(e, parameter, position, size);
    const opcode = bytes >= 16 ? V.load : bytes === 8 ? V.load64Zero : V.load32Zero;
    e.simd(opcode, 0, offset);
    registers.push(e.kept());
  }
  const lanes: Lanes = { width: size, registers };
  if (dtype === "float16") return fromHalf(e, e.widen(lanes, false));
  return dtype === "bool" ? e.each(lanes, (register) => nonZero(e, register)) : lanes;
}

function fromHalf(e: Emitter, words: Lanes): Lanes {
  return e.callEach("fromHalfBits4", words);
}

function nonZero(e: Emitter, register: number): number {
  return e.apply(ORDER["ne"]!["i8x16"]!, register, e.constant(new Uint8Array(1)));
}

function store(e: Emitter, lanes: Lanes, dtype: DType, position: number): void {
  const size = itemSize(dtype);
  const bytes = e.batch * size;
  const { registers } = stored(e, lanes, dtype);
  for (const [i, register] of registers.entries()) {
    address(e, OUT, position, size);
    e.get(register);
    if (bytes >= 16) e.simd(V.store, 0, i * 16);
    else e.simd(bytes === 8 ? V.store64Lane : V.store32Lane, 0, 0, 0);
  }
}

/** As the dtype lies in memory: bool 0 or 1, float16 by its bits, one canonical NaN. */
function stored(e: Emitter, lanes: Lanes, dtype: DType): Lanes {
  switch (dtype) {
    case "bool": {
      const one = e.constant(Uint8Array.of(1));
      return e.each(maskOfWidth(e, lanes, 1), (register) => e.apply(V.and, register, one));
    }
    case "float16":
      return e.narrow(e.callEach("halfBits4", lanes));
    case "float32":
    case "float64": {
      const nan = e.constant(constantLane(dtype, Number.NaN));
      return e.each(lanes, (register) => {
        const number = e.apply(ORDER["eq"]![shapeOf(dtype)]!, register, register);
        return e.apply(V.bitselect, register, nan, number);
      });
    }
    default:
      return lanes;
  }
}
