// Which elements lie in a closed interval, compared in the input's own dtype.
import { cast } from "./cast";
import { F16, F32, sizeOfDType } from "./dtypes";

const BATCH: usize = 16;
const STRIP: usize = 1024;
const tailIn = memory.data(128, 16);
const tailOut = memory.data(16, 16);
const strip = memory.data(4096, 16);

/**
 * Integers: 1 into `dst`, u8, where `src - low`, unsigned and wrapping, is at most `span`, which holds for signed and
 * unsigned dtypes alike just where low <= src <= low + span.
 */
export function thresholdIntegers(dtype: i32, src: usize, dst: usize, n: usize, low: u64, span: u64): void {
  const size = sizeOfDType(dtype);
  const whole = n & ~(BATCH - 1);
  integers(size, src, dst, whole, low, span);
  if (whole == n) return;
  memory.copy(tailIn, src + whole * size, (n - whole) * size);
  integers(size, tailIn, tailOut, BATCH, low, span);
  memory.copy(dst + whole, tailOut, n - whole);
}

/** Floats: 1 where low <= src <= high; a NaN is nowhere. */
export function thresholdFloats(dtype: i32, src: usize, dst: usize, n: usize, low: f64, high: f64): void {
  if (dtype == F16) {
    for (let i: usize = 0; i < n; i += STRIP) {
      const count = min(STRIP, n - i);
      cast(F16, F32, src + i * 2, strip, count);
      thresholdFloats(F32, strip, dst + i, count, low, high);
    }
    return;
  }
  const size = sizeOfDType(dtype);
  const whole = n & ~(BATCH - 1);
  floats(size, src, dst, whole, low, high);
  if (whole == n) return;
  memory.copy(tailIn, src + whole * size, (n - whole) * size);
  floats(size, tailIn, tailOut, BATCH, low, high);
  memory.copy(dst + whole, tailOut, n - whole);
}

function integers(size: usize, src: usize, dst: usize, n: usize, low: u64, span: u64): void {
  const one = i8x16.splat(1);
  if (size == 1) {
    const lows = i8x16.splat(<i8>low);
    const spans = i8x16.splat(<i8>span);
    for (let i: usize = 0; i < n; i += 16) {
      v128.store(dst + i, v128.and(i8x16.le_u(i8x16.sub(v128.load(src + i), lows), spans), one));
    }
  } else if (size == 2) {
    const lows = i16x8.splat(<i16>low);
    const spans = i16x8.splat(<i16>span);
    for (let i: usize = 0; i < n; i += 16) {
      const a = i16x8.le_u(i16x8.sub(v128.load(src + i * 2), lows), spans);
      const b = i16x8.le_u(i16x8.sub(v128.load(src + i * 2, 16), lows), spans);
      v128.store(dst + i, v128.and(i8x16.narrow_i16x8_s(a, b), one));
    }
  } else if (size == 4) {
    const lows = i32x4.splat(<i32>low);
    const spans = i32x4.splat(<i32>span);
    for (let i: usize = 0; i < n; i += 16) {
      const at = src + i * 4;
      const a = i32x4.le_u(i32x4.sub(v128.load(at), lows), spans);
      const b = i32x4.le_u(i32x4.sub(v128.load(at, 16), lows), spans);
      const c = i32x4.le_u(i32x4.sub(v128.load(at, 32), lows), spans);
      const d = i32x4.le_u(i32x4.sub(v128.load(at, 48), lows), spans);
      storeMasks(dst + i, a, b, c, d);
    }
  } else {
    for (let i: usize = 0; i < n; i++) store<u8>(dst + i, u8(load<u64>(src + i * 8) - low <= span));
  }
}

function floats(size: usize, src: usize, dst: usize, n: usize, low: f64, high: f64): void {
  if (size == 8) {
    for (let i: usize = 0; i < n; i++) {
      const x = load<f64>(src + i * 8);
      store<u8>(dst + i, u8(x >= low) & u8(x <= high));
    }
    return;
  }
  const lows = f32x4.splat(<f32>low);
  const highs = f32x4.splat(<f32>high);
  for (let i: usize = 0; i < n; i += 16) {
    const at = src + i * 4;
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    storeMasks(
      dst + i,
      v128.and(f32x4.ge(a, lows), f32x4.le(a, highs)),
      v128.and(f32x4.ge(b, lows), f32x4.le(b, highs)),
      v128.and(f32x4.ge(c, lows), f32x4.le(c, highs)),
      v128.and(f32x4.ge(d, lows), f32x4.le(d, highs)),
    );
  }
}

function storeMasks(dst: usize, a: v128, b: v128, c: v128, d: v128): void {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  v128.store(dst, v128.and(bytes, i8x16.splat(1)));
}
