// Functions of single numbers that expressions call (kernels/expr). Everything transcendental is computed in float64
// by AssemblyScript's own musl port, so that all machines give the same bits.
import { fromHalfBits4, halfBits, halfBits4 } from "./half";

export function mathExp(x: f64): f64 {
  return NativeMath.exp(x);
}

export function mathExp2(x: f64): f64 {
  return NativeMath.exp2(x);
}

export function mathExpm1(x: f64): f64 {
  return NativeMath.expm1(x);
}

export function mathLog(x: f64): f64 {
  return NativeMath.log(x);
}

export function mathLog2(x: f64): f64 {
  return NativeMath.log2(x);
}

export function mathLog10(x: f64): f64 {
  return NativeMath.log10(x);
}

export function mathLog1p(x: f64): f64 {
  return NativeMath.log1p(x);
}

export function mathSin(x: f64): f64 {
  return NativeMath.sin(x);
}

export function mathCos(x: f64): f64 {
  return NativeMath.cos(x);
}

export function mathTan(x: f64): f64 {
  return NativeMath.tan(x);
}

export function mathTanh(x: f64): f64 {
  return NativeMath.tanh(x);
}

export function mathArctan2(y: f64, x: f64): f64 {
  return NativeMath.atan2(y, x);
}

/** An infinity is far away whatever the other is. */
export function mathHypot(x: f64, y: f64): f64 {
  if (abs(x) == Infinity || abs(y) == Infinity) return Infinity;
  return NativeMath.hypot(x, y);
}

/** C's pow: 1 to any power is 1, where JavaScript says NaN. */
export function powerF64(x: f64, y: f64): f64 {
  if (x == 1) return 1;
  if (x == -1 && abs(y) == Infinity) return 1;
  return NativeMath.pow(x, y);
}

/** The same of float32 by its own function, three times as fast and right to 0.52 units in the last place. */
export function powerF32(x: f32, y: f32): f32 {
  if (x == 1) return 1;
  if (x == -1 && abs(y) == Infinity) return 1;
  return NativeMathf.pow(x, y);
}

/**
 * C's fmod, which is exact. Of float32 with a quotient below 2^29 by one division in float64: there the product with the
 * quotient is exact, and the quotient off by one at most.
 */
function modulus<T>(a: T, b: T): T {
  if (sizeof<T>() == 4) {
    const size = abs(<f64>b);
    const quotient = trunc(abs(<f64>a) / size);
    if (quotient < 536870912.0 && size < Infinity) {
      let rest = abs(<f64>a) - quotient * size;
      if (rest < 0) rest += size;
      if (rest >= size) rest -= size;
      return <T>copysign<f64>(rest, <f64>a);
    }
  }
  return <T>NativeMath.mod(<f64>a, <f64>b);
}

/** numpy's npy_divmod: the quotient rounded down. */
function floorDivide<T>(a: T, b: T): T {
  if (b == <T>0) return a / b;
  const rest = modulus<T>(a, b);
  let quotient: T = (a - rest) / b;
  if (rest != <T>0 && b < <T>0 != rest < <T>0) quotient -= <T>1;
  if (quotient == <T>0) return copysign<T>(<T>0, a / b);
  let whole: T = floor<T>(quotient);
  if (quotient - whole > <T>0.5) whole += <T>1;
  return whole;
}

/** numpy's npy_remainder: with the sign of the divisor. */
function remainder<T>(a: T, b: T): T {
  const rest = modulus<T>(a, b);
  if (b == <T>0) return rest;
  if (rest == <T>0) return copysign<T>(<T>0, b);
  return rest != rest || b < <T>0 == rest < <T>0 ? rest : rest + b;
}

export function floorDivideF64(a: f64, b: f64): f64 {
  return floorDivide<f64>(a, b);
}

export function floorDivideF32(a: f32, b: f32): f32 {
  return floorDivide<f32>(a, b);
}

export function remainderF64(a: f64, b: f64): f64 {
  return remainder<f64>(a, b);
}

export function remainderF32(a: f32, b: f32): f32 {
  return remainder<f32>(a, b);
}

/** Rounded down; 0 for a divisor of 0, and the smallest integer by -1 wraps, as in numpy. */
export function floorDivideI64(a: i64, b: i64): i64 {
  if (b == 0) return 0;
  if (b == -1) return -a;
  const quotient = a / b;
  return quotient * b != a && a < 0 != b < 0 ? quotient - 1 : quotient;
}

export function remainderI64(a: i64, b: i64): i64 {
  if (b == 0 || b == -1) return 0;
  const rest = a % b;
  return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
}

export function floorDivideU64(a: u64, b: u64): u64 {
  return b == 0 ? 0 : a / b;
}

export function remainderU64(a: u64, b: u64): u64 {
  return b == 0 ? 0 : a % b;
}

export function powerU64(base: u64, exponent: u64): u64 {
  let result: u64 = 1;
  while (exponent) {
    if (exponent & 1) result *= base;
    base *= base;
    exponent >>= 1;
  }
  return result;
}

/** Wraps. For a negative exponent, which numpy refuses, the true result cut to an integer, and 0 for 0. */
export function powerI64(base: i64, exponent: i64): i64 {
  if (exponent >= 0) return <i64>powerU64(<u64>base, <u64>exponent);
  if (base == 1) return 1;
  if (base == -1) return exponent & 1 ? -1 : 1;
  return 0;
}

/** Four float32 to the values that float16 has. */
export function roundHalf4(x: v128): v128 {
  return fromHalfBits4(halfBits4(x));
}

/** A float64 to a value that float16 has, rounded once. */
export function roundHalf(x: f64): f32 {
  return f32x4.extract_lane(fromHalfBits4(i32x4.splat(<i32>halfBits(x))), 0);
}
