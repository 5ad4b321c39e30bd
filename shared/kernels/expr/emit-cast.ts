import { type DType, isFloat, isUnsigned } from "../../block/dtype.ts";
import { constantLane } from "./constant-lane.ts";
import { type Emitter, type Lanes, laneWidth, shapeOf, type Width } from "./emitter.ts";
import { ORDER, V } from "./simd.ts";
import { F32, F64, I32, I64 } from "./wasm-bytes.ts";

/**
 * A batch in another dtype, as kernels/cast.ts: floats truncate and saturate into integers and NaN is 0, integers wrap,
 * anything to bool is != 0, floats round once.
 */
export function emitCast(e: Emitter, lanes: Lanes, from: DType, to: DType): Lanes {
  if (from === to) return lanes;
  if (to === "bool") return nonZero(e, lanes, from);
  if (from === "bool") return fromMask(e, lanes, to);
  if (isFloat(from)) return isFloat(to) ? floatToFloat(e, lanes, from, to) : saturated(e, lanes, to);
  if (isFloat(to)) return integerToFloat(e, lanes, from, to);
  return e.resize(lanes, laneWidth(to), !isUnsigned(from));
}

/** A mask in lanes of another width. */
export function maskOfWidth(e: Emitter, mask: Lanes, width: Width): Lanes {
  return e.resize(mask, width, true);
}

function nonZero(e: Emitter, lanes: Lanes, from: DType): Lanes {
  const zero = e.constant(constantLane(from, 0));
  return e.each(lanes, (register) => e.apply(ORDER["ne"]![shapeOf(from)]!, register, zero));
}

/** 1 where the mask is set. */
function fromMask(e: Emitter, mask: Lanes, to: DType): Lanes {
  const wide = maskOfWidth(e, mask, laneWidth(to));
  const one = e.constant(constantLane(to, 1));
  return e.each(wide, (register) => e.apply(V.and, register, one));
}

function floatToFloat(e: Emitter, lanes: Lanes, from: DType, to: DType): Lanes {
  if (to === "float64") return promoted(e, lanes);
  if (from !== "float64") return to === "float16" ? e.callEach("roundHalf4", lanes) : lanes;
  if (to === "float32") {
    const demoted = lanes.registers.map((register) => e.apply(V.demoteZero, register));
    return { width: 4, registers: e.pairs(demoted, (a, b) => e.joinLow(a, b)) };
  }
  // By way of float32 it would be rounded twice.
  return e.scalarly([{ lanes, dtype: from }], to, () =>
    e.call("roundHalf", { params: [F64], results: [F32] }),
  );
}

function promoted(e: Emitter, lanes: Lanes): Lanes {
  const registers = lanes.registers.flatMap((register) => [
    e.apply(V.promoteLow, register),
    e.apply(V.promoteLow, e.high(register)),
  ]);
  return { width: 8, registers };
}

function integerToFloat(e: Emitter, lanes: Lanes, from: DType, to: DType): Lanes {
  const unsigned = isUnsigned(from);
  if (lanes.width === 8) {
    // f32.convert_i64_s 0xb4, _u 0xb5; f64.convert_i64_s 0xb9, _u 0xba. What float32 rounds is infinite in float16.
    const opcode = (to === "float64" ? 0xb9 : 0xb4) + (unsigned ? 1 : 0);
    const wide = e.scalarly([{ lanes, dtype: from }], to, () => e.emit(opcode));
    return to === "float16" ? e.callEach("roundHalf4", wide) : wide;
  }
  const words = e.resize(lanes, 4, !unsigned);
  if (to === "float64") {
    const convert = unsigned ? V.convertLowF64Unsigned : V.convertLowF64Signed;
    const registers = words.registers.flatMap((register) => [
      e.apply(convert, register),
      e.apply(convert, e.high(register)),
    ]);
    return { width: 8, registers };
  }
  const convert = unsigned ? V.convertF32Unsigned : V.convertF32Signed;
  const floats = e.each(words, (register) => e.apply(convert, register));
  return to === "float16" ? e.callEach("roundHalf4", floats) : floats;
}

function saturated(e: Emitter, lanes: Lanes, to: DType): Lanes {
  const unsigned = isUnsigned(to);
  const width = laneWidth(to);
  const from: DType = lanes.width === 8 ? "float64" : "float32";
  if (width === 8) {
    // i64.trunc_sat_f32_s 0xfc 4, _u 5; f64 6 and 7
    const opcode = (from === "float64" ? 6 : 4) + (unsigned ? 1 : 0);
    return e.scalarly([{ lanes, dtype: from }], to, () => e.emit(0xfc, opcode));
  }
  // 8 and 16 bits saturate from signed 32 bits on.
  const wordsUnsigned = unsigned && width === 4 ? 1 : 0;
  let words: readonly number[];
  if (from === "float64") {
    const halves = lanes.registers.map((register) => e.apply(V.truncF64SignedZero + wordsUnsigned, register));
    words = e.pairs(halves, (a, b) => e.joinLow(a, b));
  } else {
    words = lanes.registers.map((register) => e.apply(V.truncF32Signed + wordsUnsigned, register));
  }
  if (width === 4) return { width, registers: words };
  const half = width === 2 && unsigned ? V.narrow32Unsigned : V.narrow32Signed;
  const shorts = e.pairs(words, (a, b) => e.apply(half, a, b));
  if (width === 2) return { width, registers: shorts };
  const quarter = unsigned ? V.narrow16Unsigned : V.narrow16Signed;
  return { width, registers: e.pairs(shorts, (a, b) => e.apply(quarter, a, b)) };
}

/** Types of an element on the stack. */
export function stackType(dtype: DType): typeof I32 | typeof I64 | typeof F32 | typeof F64 {
  if (isFloat(dtype)) return dtype === "float64" ? F64 : F32;
  return laneWidth(dtype) === 8 ? I64 : I32;
}
