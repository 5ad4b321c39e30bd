// a - b element by element, in the dtype itself.
import { BOOL, F16, F32, F64, sizeOfDType } from "./dtypes";
import { canonical } from "./lanes";
import { halfBits4, loadHalf4 } from "./half";

const BATCH: usize = 8;
const tail = memory.data(192, 16);

/** Integers wrap, bool is exclusive or, floats round. `dst` may be `a` or `b`. */
export function subtract(dtype: i32, a: usize, b: usize, dst: usize, n: usize): void {
  const size = sizeOfDType(dtype);
  const whole = n & ~(BATCH - 1);
  batches(dtype, a, b, dst, whole);
  if (whole == n) return;
  const bytes = (n - whole) * size;
  memory.copy(tail, a + whole * size, bytes);
  memory.copy(tail + 64, b + whole * size, bytes);
  batches(dtype, tail, tail + 64, tail + 128, BATCH);
  memory.copy(dst + whole * size, tail + 128, bytes);
}

function batches(dtype: i32, a: usize, b: usize, dst: usize, n: usize): void {
  if (dtype == F16) {
    for (let i: usize = 0; i < n * 2; i += 8) {
      const bits = halfBits4(f32x4.sub(loadHalf4(a + i), loadHalf4(b + i)));
      v128.store64_lane(dst + i, i16x8.narrow_i32x4_u(bits, bits), 0);
    }
  } else if (dtype == F32) {
    for (let i: usize = 0; i < n * 4; i += 16)
      v128.store(dst + i, canonical<f32>(f32x4.sub(v128.load(a + i), v128.load(b + i))));
  } else if (dtype == F64) {
    for (let i: usize = 0; i < n * 8; i += 16)
      v128.store(dst + i, canonical<f64>(f64x2.sub(v128.load(a + i), v128.load(b + i))));
  } else if (dtype == BOOL) {
    for (let i: usize = 0; i < n; i += 8) store<u64>(dst + i, load<u64>(a + i) ^ load<u64>(b + i));
  } else {
    const size = sizeOfDType(dtype);
    if (size == 1) {
      for (let i: usize = 0; i < n; i += 8)
        v128.store64_lane(dst + i, i8x16.sub(v128.load64_zero(a + i), v128.load64_zero(b + i)), 0);
    } else if (size == 2) {
      for (let i: usize = 0; i < n * 2; i += 16) v128.store(dst + i, i16x8.sub(v128.load(a + i), v128.load(b + i)));
    } else if (size == 4) {
      for (let i: usize = 0; i < n * 4; i += 16) v128.store(dst + i, i32x4.sub(v128.load(a + i), v128.load(b + i)));
    } else {
      for (let i: usize = 0; i < n * 8; i += 16) v128.store(dst + i, i64x2.sub(v128.load(a + i), v128.load(b + i)));
    }
  }
}
