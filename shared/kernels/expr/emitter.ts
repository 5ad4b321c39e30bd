import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import { EXTEND_LOW, EXTRACT, REPLACE, type Shape, SPLAT, V } from "./simd.ts";
import { type FunctionType, type ImportedFunction, unsigned, V128 } from "./wasm-bytes.ts";

export type Width = 1 | 2 | 4 | 8;

/**
 * A batch of elements in registers: lanes of `width` bytes in one or several v128 locals, in order; a batch that is
 * smaller than a register lies in its low lanes. bool is a mask (all bits or none) of any width; float16 is its
 * value as float32.
 */
export interface Lanes {
  readonly width: Width;
  readonly registers: readonly number[];
}

/** Bytes of a lane; of bool those it has when it is loaded. */
export function laneWidth(dtype: DType): Width {
  return dtype === "float16" ? 4 : itemSize(dtype);
}

export function shapeOf(dtype: DType): Shape {
  if (isFloat(dtype)) return dtype === "float64" ? "f64x2" : "f32x4";
  return integerShape(laneWidth(dtype));
}

function integerShape(width: Width): Shape {
  return ({ 1: "i8x16", 2: "i16x8", 4: "i32x4", 8: "i64x2" } as const)[width];
}

/** Collects the code of one function that works on batches of `batch` elements. */
export class Emitter {
  readonly code: number[] = [];
  readonly imports: ImportedFunction[] = [];
  readonly batch: number;
  readonly #firstLocal: number;
  #locals = 0;

  /** `firstLocal`: the first index that is free for v128 locals. */
  constructor(batch: number, firstLocal: number) {
    this.batch = batch;
    this.#firstLocal = firstLocal;
  }

  get vectorLocals(): number {
    return this.#locals;
  }

  registersOf(width: Width): number {
    return Math.max(1, (this.batch * width) / 16);
  }

  emit(...bytes: readonly number[]): void {
    for (const byte of bytes) this.code.push(byte);
  }

  get(local: number): void {
    this.emit(0x20, ...unsigned(local));
  }

  set(local: number): void {
    this.emit(0x21, ...unsigned(local));
  }

  simd(opcode: number, ...immediates: readonly number[]): void {
    this.emit(0xfd, ...unsigned(opcode), ...immediates);
  }

  /** Takes a v128 off the stack into a new local. */
  kept(): number {
    const local = this.#firstLocal + this.#locals++;
    this.set(local);
    return local;
  }

  /** One instruction on registers. */
  apply(opcode: number, ...inputs: readonly number[]): number {
    for (const input of inputs) this.get(input);
    this.simd(opcode);
    return this.kept();
  }

  shuffle(a: number, b: number, bytes: readonly number[]): number {
    this.get(a);
    this.get(b);
    this.simd(V.shuffle, ...bytes);
    return this.kept();
  }

  /** A register of one value in all lanes, given as the bytes of a lane. */
  constant(lane: Uint8Array): number {
    this.simd(V.const, ...Array.from({ length: 16 }, (_, i) => lane[i % lane.length]!));
    return this.kept();
  }

  call(name: string, type: FunctionType): void {
    let index = this.imports.findIndex((one) => one.name === name);
    if (index < 0) index = this.imports.push({ name, type }) - 1;
    this.emit(0x10, ...unsigned(index));
  }

  /** Each register through an imported function from v128 to v128. */
  callEach(name: string, lanes: Lanes): Lanes {
    return this.each(lanes, (register) => {
      this.get(register);
      this.call(name, { params: [V128], results: [V128] });
      return this.kept();
    });
  }

  each(lanes: Lanes, build: (register: number, i: number) => number): Lanes {
    return { width: lanes.width, registers: lanes.registers.map(build) };
  }

  /** Integer lanes twice as wide. */
  widen(lanes: Lanes, isSigned: boolean): Lanes {
    const width = (lanes.width * 2) as Width;
    const low = EXTEND_LOW[integerShape(width)]! + (isSigned ? 0 : 2);
    const whole = this.registersOf(width) === lanes.registers.length;
    const registers = lanes.registers.flatMap((register) =>
      whole ? [this.apply(low, register)] : [this.apply(low, register), this.apply(low + 1, register)],
    );
    return { width, registers };
  }

  /** Integer lanes of half the width, of their low bits. */
  narrow(lanes: Lanes): Lanes {
    const width = (lanes.width / 2) as Width;
    return { width, registers: this.pairs(lanes.registers, (a, b) => this.shuffle(a, b, lowHalves(width))) };
  }

  /** Joins registers two by two; one alone is joined with itself. */
  pairs(registers: readonly number[], join: (a: number, b: number) => number): number[] {
    if (registers.length === 1) return [join(registers[0]!, registers[0]!)];
    return Array.from({ length: registers.length / 2 }, (_, i) =>
      join(registers[2 * i]!, registers[2 * i + 1]!),
    );
  }

  /** Integer lanes of another width: wider by sign or by zeros, narrower by their low bits. */
  resize(lanes: Lanes, width: Width, isSigned: boolean): Lanes {
    let result = lanes;
    while (result.width < width) result = this.widen(result, isSigned);
    while (result.width > width) result = this.narrow(result);
    return result;
  }

  /** The upper eight bytes in the lower. */
  high(register: number): number {
    return this.shuffle(register, register, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
  }

  /** The lower eight bytes of two registers side by side. */
  joinLow(a: number, b: number): number {
    return this.shuffle(a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  }

  /**
   * Each element through scalar code: `build` takes the operands from the stack and leaves an element of `target`;
   * `each` may convert an operand right after it was pushed.
   */
  scalarly(
    operands: readonly { lanes: Lanes; dtype: DType }[],
    target: DType,
    build: () => void,
    each: () => void = () => {},
  ): Lanes {
    const width = laneWidth(target);
    const perRegister = 16 / width;
    const registers: number[] = [];
    for (let i = 0; i < this.batch; i++) {
      if (i % perRegister === 0) registers.push(this.constant(new Uint8Array(1)));
      const register = registers.at(-1)!;
      this.get(register);
      for (const operand of operands) {
        this.extract(operand.lanes, operand.dtype, i);
        each();
      }
      build();
      this.simd(REPLACE[shapeOf(target)], i % perRegister);
      this.set(register);
    }
    return { width, registers };
  }

  /** An element on the stack: i32 (i64, f32, f64) with its sign. */
  extract(lanes: Lanes, dtype: DType, i: number): void {
    const shape = shapeOf(dtype);
    const perRegister = 16 / lanes.width;
    this.get(lanes.registers[Math.floor(i / perRegister)]!);
    const zeros = lanes.width < 4 && !dtype.startsWith("int") ? 1 : 0;
    this.simd(EXTRACT[shape] + zeros, i % perRegister);
  }

  splat(shape: Shape): number {
    this.simd(SPLAT[shape]);
    return this.kept();
  }
}

/** Byte numbers of the low half, of `width` bytes, of each lane of two registers. */
function lowHalves(width: Width): number[] {
  return Array.from({ length: 16 }, (_, i) => Math.floor(i / width) * 2 * width + (i % width));
}
