import { type DType, isUnsigned } from "../../block/dtype.ts";
import { constantLane } from "./constant-lane.ts";
import { emitCast } from "./emit-cast.ts";
import { type Emitter, type Lanes, laneWidth, shapeOf } from "./emitter.ts";
import { ARITHMETIC, ORDER, V } from "./simd.ts";

/**
 * Integers of up to 32 bits divided and rounded down, by way of floats: a quotient of n bits that isn't whole is further from
 * the next whole number, relative to its size, than 2^-n, which is more than float32 (for 16 bits) or float64 (for 32) rounds.
 * 0 for a divisor of 0; the smallest integer by -1 wraps.
 */
export function emitFloorDivide(e: Emitter, dtype: DType, a: Lanes, b: Lanes): Lanes {
  const float = laneWidth(dtype) <= 2 ? "float32" : "float64";
  const unsigned = isUnsigned(dtype);
  const [x, y] = [a, b].map((lanes) => emitCast(e, lanes, dtype, float));
  const shape = shapeOf(float);
  const quotients = e.each(x!, (register, i) => {
    const quotient = e.apply(ARITHMETIC["div"]![shape]!, register, y!.registers[i]!);
    return e.apply(ARITHMETIC["floor"]![shape]!, quotient);
  });
  const wide: DType = unsigned ? "uint32" : "int32";
  const whole = emitCast(e, emitCast(e, quotients, float, wide), wide, dtype);
  const wrapped = unsigned ? whole : replaced(e, dtype, whole, b, -1, negative(e, dtype, a));
  return replaced(e, dtype, wrapped, b, 0, undefined);
}

/** What is left, with the sign of the divisor; 0 for a divisor of 0. */
export function emitRemainder(
  e: Emitter,
  dtype: DType,
  a: Lanes,
  b: Lanes,
  product: (x: Lanes, y: Lanes) => Lanes,
): Lanes {
  const part = product(emitFloorDivide(e, dtype, a, b), b);
  const rest = e.each(a, (register, i) =>
    e.apply(ARITHMETIC["sub"]![shapeOf(dtype)]!, register, part.registers[i]!),
  );
  return replaced(e, dtype, rest, b, 0, undefined);
}

function negative(e: Emitter, dtype: DType, lanes: Lanes): Lanes {
  return e.each(lanes, (register) => e.apply(ARITHMETIC["neg"]![shapeOf(dtype)]!, register));
}

/** Another value, or 0, where the divisor is `of`. */
function replaced(
  e: Emitter,
  dtype: DType,
  lanes: Lanes,
  divisor: Lanes,
  of: number,
  by: Lanes | undefined,
): Lanes {
  const special = e.constant(constantLane(dtype, of));
  return e.each(lanes, (register, i) => {
    const is = e.apply(ORDER["eq"]![shapeOf(dtype)]!, divisor.registers[i]!, special);
    return by ? e.apply(V.bitselect, by.registers[i]!, register, is) : e.apply(V.andnot, register, is);
  });
}
