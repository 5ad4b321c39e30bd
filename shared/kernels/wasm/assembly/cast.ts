// Casts between all dtypes: float to integer truncates and saturates, NaN gives 0; integer to integer wraps;
// to bool is != 0; to a narrower float rounds to nearest even. Every path works on whole batches of 16 elements, so
// that a tail, bounced through a batch of its own, gets the very same operations.
import { BOOL, F16, F32, F64, I8, I16, I32, I64, sizeOfDType, U8, U16, U32, U64 } from "./dtypes";
import { halfBits, halfBits4, loadHalf4 } from "./half";
import { canonical, loadInt4 } from "./lanes";

const BATCH: usize = 16;
/** Elements of the intermediate float32 strip of casts from and to float16. */
const STRIP: usize = 1024;

const tailIn = memory.data(128, 16);
const tailOut = memory.data(128, 16);
const strip = memory.data(4096, 16);

/** Casts `n` elements; the areas don't overlap. */
export function cast(from: i32, to: i32, src: usize, dst: usize, n: usize): void {
  const fromSize = sizeOfDType(from);
  const toSize = sizeOfDType(to);
  if (from == to || (from == BOOL && toSize == 1)) {
    memory.copy(dst, src, n * fromSize);
    return;
  }
  const whole = n & ~(BATCH - 1);
  if (whole) castBatches(from, to, src, dst, whole);
  if (whole == n) return;
  const rest = n - whole;
  memory.copy(tailIn, src + whole * fromSize, rest * fromSize);
  castBatches(from, to, tailIn, tailOut, BATCH);
  memory.copy(dst + whole * toSize, tailOut, rest * toSize);
}

function castBatches(from: i32, to: i32, src: usize, dst: usize, n: usize): void {
  switch (from) {
    case BOOL:
    case U8:
      return fromInteger<u8>(to, src, dst, n);
    case I8:
      return fromInteger<i8>(to, src, dst, n);
    case I16:
      return fromInteger<i16>(to, src, dst, n);
    case U16:
      return fromInteger<u16>(to, src, dst, n);
    case I32:
      return fromInteger<i32>(to, src, dst, n);
    case U32:
      return fromInteger<u32>(to, src, dst, n);
    case I64:
      return fromInteger<i64>(to, src, dst, n);
    case U64:
      return fromInteger<u64>(to, src, dst, n);
    case F16:
      return fromHalf(to, src, dst, n);
    case F32:
      return fromFloat<f32>(to, src, dst, n);
    case F64:
      return fromFloat<f64>(to, src, dst, n);
  }
}

/** The sign of an integer target does not matter: the low bits are kept. */
function fromInteger<S>(to: i32, src: usize, dst: usize, n: usize): void {
  switch (to) {
    case BOOL:
      return toBool<S>(src, dst, n);
    case I8:
    case U8:
      return wrap<S, u8>(src, dst, n);
    case I16:
    case U16:
      return wrap<S, u16>(src, dst, n);
    case I32:
    case U32:
      return wrap<S, u32>(src, dst, n);
    case I64:
    case U64:
      return wrap<S, u64>(src, dst, n);
    case F16:
      return integerToHalf<S>(src, dst, n);
    case F32:
      return integerToFloat<S>(src, dst, n);
    case F64:
      return integerToDouble<S>(src, dst, n);
  }
}

function fromFloat<S>(to: i32, src: usize, dst: usize, n: usize): void {
  switch (to) {
    case BOOL:
      return toBool<S>(src, dst, n);
    case I8:
      return saturate<S, i8>(src, dst, n);
    case U8:
      return saturate<S, u8>(src, dst, n);
    case I16:
      return saturate<S, i16>(src, dst, n);
    case U16:
      return saturate<S, u16>(src, dst, n);
    case I32:
      return saturate<S, i32>(src, dst, n);
    case U32:
      return saturate<S, u32>(src, dst, n);
    case I64:
      return saturate<S, i64>(src, dst, n);
    case U64:
      return saturate<S, u64>(src, dst, n);
    case F16:
      return floatToHalf<S>(src, dst, n);
    case F32:
      return narrowFloat(src, dst, n);
    case F64:
      return widenFloat(src, dst, n);
  }
}

function fromHalf(to: i32, src: usize, dst: usize, n: usize): void {
  if (to == F32) return halfToFloat(src, dst, n);
  const size = sizeOfDType(to);
  for (let i: usize = 0; i < n; i += STRIP) {
    const count = min(STRIP, n - i);
    halfToFloat(src + i * 2, strip, count);
    fromFloat<f32>(to, strip, dst + i * size, count);
  }
}

function halfToFloat(src: usize, dst: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += 4) v128.store(dst + i * 4, loadHalf4(src + i * 2));
}

function wrap<S, D>(src: usize, dst: usize, n: usize): void {
  if (sizeof<S>() == 2 && sizeof<D>() == 1) {
    const low = i16x8.splat(0xff);
    for (let i: usize = 0; i < n; i += 16) {
      const a = v128.and(v128.load(src + i * 2), low);
      const b = v128.and(v128.load(src + i * 2, 16), low);
      v128.store(dst + i, i8x16.narrow_i16x8_u(a, b));
    }
    return;
  }
  if (sizeof<S>() == 1 && sizeof<D>() == 2) {
    for (let i: usize = 0; i < n; i += 8) {
      v128.store(dst + i * 2, isSigned<S>() ? v128.load_ext<i8>(src + i) : v128.load_ext<u8>(src + i));
    }
    return;
  }
  if (sizeof<S>() < 4 && sizeof<D>() == 4) {
    for (let i: usize = 0; i < n; i += 4) v128.store(dst + i * 4, loadInt4<S>(src + i * sizeof<S>()));
    return;
  }
  if (sizeof<S>() == sizeof<D>()) {
    memory.copy(dst, src, n * sizeof<S>());
    return;
  }
  for (let i: usize = 0; i < n; i++) store<D>(dst + i * sizeof<D>(), <D>load<S>(src + i * sizeof<S>()));
}

function toBool<S>(src: usize, dst: usize, n: usize): void {
  if (sizeof<S>() == 1) {
    for (let i: usize = 0; i < n; i += 16) {
      v128.store(dst + i, v128.and(i8x16.ne(v128.load(src + i), i8x16.splat(0)), i8x16.splat(1)));
    }
    return;
  }
  if (sizeof<S>() == 2) {
    const zero = i16x8.splat(0);
    for (let i: usize = 0; i < n; i += 16) {
      const a = i16x8.ne(v128.load(src + i * 2), zero);
      const b = i16x8.ne(v128.load(src + i * 2, 16), zero);
      v128.store(dst + i, v128.and(i8x16.narrow_i16x8_s(a, b), i8x16.splat(1)));
    }
    return;
  }
  if (sizeof<S>() == 4) {
    const zero = i32x4.splat(0);
    for (let i: usize = 0; i < n; i += 16) {
      const at = src + i * 4;
      const ab = i16x8.narrow_i32x4_s(v128.ne<S>(v128.load(at), zero), v128.ne<S>(v128.load(at, 16), zero));
      const cd = i16x8.narrow_i32x4_s(
        v128.ne<S>(v128.load(at, 32), zero),
        v128.ne<S>(v128.load(at, 48), zero),
      );
      v128.store(dst + i, v128.and(i8x16.narrow_i16x8_s(ab, cd), i8x16.splat(1)));
    }
    return;
  }
  for (let i: usize = 0; i < n; i++) store<u8>(dst + i, u8(load<S>(src + i * sizeof<S>()) != <S>0));
}

function integerToFloat<S>(src: usize, dst: usize, n: usize): void {
  if (sizeof<S>() <= 4) {
    for (let i: usize = 0; i < n; i += 4) {
      const lanes = loadInt4<S>(src + i * sizeof<S>());
      v128.store(dst + i * 4, isSigned<S>() ? f32x4.convert_i32x4_s(lanes) : f32x4.convert_i32x4_u(lanes));
    }
    return;
  }
  for (let i: usize = 0; i < n; i++) store<f32>(dst + i * 4, <f32>load<S>(src + i * sizeof<S>()));
}

function integerToDouble<S>(src: usize, dst: usize, n: usize): void {
  if (sizeof<S>() <= 4) {
    for (let i: usize = 0; i < n; i += 4) {
      const lanes = loadInt4<S>(src + i * sizeof<S>());
      const high = i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
      v128.store(
        dst + i * 8,
        isSigned<S>() ? f64x2.convert_low_i32x4_s(lanes) : f64x2.convert_low_i32x4_u(lanes),
      );
      v128.store(
        dst + i * 8,
        isSigned<S>() ? f64x2.convert_low_i32x4_s(high) : f64x2.convert_low_i32x4_u(high),
        16,
      );
    }
    return;
  }
  for (let i: usize = 0; i < n; i++) store<f64>(dst + i * 8, <f64>load<S>(src + i * sizeof<S>()));
}

/** Integers that float32 would round are beyond float16's range, so the way through float32 rounds once. */
function integerToHalf<S>(src: usize, dst: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += STRIP) {
    const count = min(STRIP, n - i);
    integerToFloat<S>(src + i * sizeof<S>(), strip, count);
    floatToHalf<f32>(strip, dst + i * 2, count);
  }
}

function saturate<S, D>(src: usize, dst: usize, n: usize): void {
  if (sizeof<D>() <= 2) {
    for (let i: usize = 0; i < n; i += 16) {
      const at = src + i * sizeof<S>();
      const a = truncate4<S>(at);
      const b = truncate4<S>(at + 4 * sizeof<S>());
      const c = truncate4<S>(at + 8 * sizeof<S>());
      const d = truncate4<S>(at + 12 * sizeof<S>());
      if (sizeof<D>() == 1) {
        const ab = i16x8.narrow_i32x4_s(a, b);
        const cd = i16x8.narrow_i32x4_s(c, d);
        v128.store(dst + i, isSigned<D>() ? i8x16.narrow_i16x8_s(ab, cd) : i8x16.narrow_i16x8_u(ab, cd));
      } else {
        v128.store(dst + i * 2, isSigned<D>() ? i16x8.narrow_i32x4_s(a, b) : i16x8.narrow_i32x4_u(a, b));
        v128.store(dst + i * 2, isSigned<D>() ? i16x8.narrow_i32x4_s(c, d) : i16x8.narrow_i32x4_u(c, d), 16);
      }
    }
    return;
  }
  if (sizeof<S>() == 4 && sizeof<D>() == 4) {
    for (let i: usize = 0; i < n; i += 4) {
      const v = v128.load(src + i * 4);
      v128.store(dst + i * 4, isSigned<D>() ? i32x4.trunc_sat_f32x4_s(v) : i32x4.trunc_sat_f32x4_u(v));
    }
    return;
  }
  for (let i: usize = 0; i < n; i++) store<D>(dst + i * sizeof<D>(), <D>load<S>(src + i * sizeof<S>()));
}

/** Four floats, truncated and saturated to 32 bits: 8 and 16 bits saturate further from there. */
function truncate4<S>(at: usize): v128 {
  if (sizeof<S>() == 4) return i32x4.trunc_sat_f32x4_s(v128.load(at));
  const low = i32x4.trunc_sat_f64x2_s_zero(v128.load(at));
  const high = i32x4.trunc_sat_f64x2_s_zero(v128.load(at, 16));
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

function narrowFloat(src: usize, dst: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += 4) {
    const low = f32x4.demote_f64x2_zero(v128.load(src + i * 8));
    const high = f32x4.demote_f64x2_zero(v128.load(src + i * 8, 16));
    const both = i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    v128.store(dst + i * 4, canonical<f32>(both));
  }
}

function widenFloat(src: usize, dst: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += 2) {
    v128.store(dst + i * 8, canonical<f64>(f64x2.promote_low_f32x4(v128.load_zero<u64>(src + i * 4))));
  }
}

function floatToHalf<S>(src: usize, dst: usize, n: usize): void {
  if (sizeof<S>() == 4) {
    for (let i: usize = 0; i < n; i += 8) {
      const low = halfBits4(v128.load(src + i * 4));
      v128.store(dst + i * 2, i16x8.narrow_i32x4_u(low, halfBits4(v128.load(src + i * 4, 16))));
    }
    return;
  }
  for (let i: usize = 0; i < n; i++) store<u16>(dst + i * 2, halfBits(<f64>load<S>(src + i * sizeof<S>())));
}
