// Intensities changed element by element: computed in float64, a strip at a time.
import { cast } from "./cast";
import { BOOL, F16, F32, F64, sizeOfDType, U8 } from "./dtypes";
import { canonical } from "./lanes";

const GAMMA: i32 = 0;
const LOG: i32 = 1;
const INVERSE_LOG: i32 = 2;
const SIGMOID: i32 = 3;

const STRIP: usize = 1024;
const strip = memory.data(8192, 16);

/**
 * `scale` is the dtype's largest value. GAMMA: (x / scale) ** a * scale * b, rounded for u8 and no more than its scale,
 * as scikit-image does; LOG: log2(1 + x / scale) * scale * b; INVERSE_LOG: (2 ** (x / scale) - 1) * scale * b; SIGMOID and
 * beyond: scale / (1 + exp(b * (a - x / scale))), or what is left of scale.
 */
export function adjust(
  how: i32,
  dtype: i32,
  src: usize,
  dst: usize,
  n: usize,
  scale: f64,
  a: f64,
  b: f64,
): void {
  const size = sizeOfDType(dtype);
  for (let i: usize = 0; i < n; i += STRIP) {
    const count = min(STRIP, n - i);
    cast(dtype, F64, src + i * size, strip, count);
    for (let at = strip; at < strip + count * 8; at += 8) {
      const y = adjusted(how, dtype, load<f64>(at), scale, a, b);
      store<f64>(at, y == y ? y : NaN);
    }
    cast(F64, dtype, strip, dst + i * size, count);
  }
}

function adjusted(how: i32, dtype: i32, x: f64, scale: f64, a: f64, b: f64): f64 {
  const unit = x / scale;
  if (how == GAMMA) {
    if (dtype == U8) return min(nearest(255.0 * b * NativeMath.pow(unit, a)), 255.0);
    return NativeMath.pow(unit, a) * scale * b;
  }
  if (how == LOG) return NativeMath.log2(1 + unit) * scale * b;
  if (how == INVERSE_LOG) return (NativeMath.pow(2, unit) - 1) * scale * b;
  const share = 1 / (1 + NativeMath.exp(b * (a - unit)));
  return (how == SIGMOID ? share : 1 - share) * scale;
}

/** dst[i] = table[src[i]], of elements of one or two bytes, unsigned. */
export function lookUp(size: i32, table: usize, src: usize, dst: usize, n: usize): void {
  if (size == 1) {
    for (let i: usize = 0; i < n; i++) store<u8>(dst + i, load<u8>(table + <usize>load<u8>(src + i)));
  } else {
    for (let i: usize = 0; i < n * 2; i += 2) {
      store<u16>(dst + i, load<u16>(table + 2 * <usize>load<u16>(src + i)));
    }
  }
}

/** Integers: all bits, of bool the lowest; floats: 1 - x, or -x where `signed`. Whole vectors, as in combine.ts. */
export function invert(dtype: i32, src: usize, dst: usize, n: usize, signed: bool): void {
  if (dtype == F16) {
    for (let i: usize = 0; i < n; i += STRIP) {
      const count = min(STRIP, n - i);
      cast(F16, F32, src + i * 2, strip, count);
      invertFloats<f32>(strip, strip, strip + count * 4, signed);
      cast(F32, F16, strip, dst + i * 2, count);
    }
  } else if (dtype == F32) invertFloats<f32>(src, dst, dst + n * 4, signed);
  else if (dtype == F64) invertFloats<f64>(src, dst, dst + n * 8, signed);
  else {
    const bits = i8x16.splat(dtype == BOOL ? 1 : -1);
    const end = dst + n * sizeOfDType(dtype);
    for (; dst < end; dst += 16, src += 16) v128.store(dst, v128.xor(v128.load(src), bits));
  }
}

function invertFloats<A>(src: usize, dst: usize, end: usize, signed: bool): void {
  const from = v128.splat<A>(1);
  for (; dst < end; dst += 16, src += 16) {
    const x = v128.load(src);
    v128.store(dst, canonical<A>(signed ? v128.neg<A>(x) : v128.sub<A>(from, x)));
  }
}
