// Four lanes at a time between the small dtypes and 32-bit lanes. Loads are unaligned and read exactly four elements.

/** Four integers of up to 32 bits, widened to 32-bit lanes. */
export function loadInt4<S>(ptr: usize): v128 {
  if (sizeof<S>() == 1) {
    const bytes = v128.load_zero<u32>(ptr);
    if (isSigned<S>()) return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
    return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
  }
  if (sizeof<S>() == 2) {
    if (isSigned<S>()) return v128.load_ext<i16>(ptr);
    return v128.load_ext<u16>(ptr);
  }
  return v128.load(ptr);
}

/** Four float16, as float32: exact, subnormals included. */
export function loadHalf4(ptr: usize): v128 {
  const bits = v128.load_ext<u16>(ptr);
  const magnitude = v128.and(bits, i32x4.splat(0x7fff));
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  // As the bits of a float32 the value is 2^112 too small, which a multiplication mends without rounding.
  const scaled = f32x4.mul(i32x4.shl(magnitude, 13), f32x4.splat(5192296858534827628530496329220096.0));
  const special = i32x4.gt_s(magnitude, i32x4.splat(0x7bff));
  const infinite = v128.or(scaled, i32x4.splat(0x7f800000));
  const nan = i32x4.gt_s(magnitude, i32x4.splat(0x7c00));
  const value = v128.or(v128.bitselect(infinite, scaled, special), sign);
  return v128.bitselect(i32x4.splat(0x7fc00000), value, nan);
}

/** One canonical NaN in all lanes that are NaN: platforms differ in sign and payload. */
export function canonical<A>(v: v128): v128 {
  if (sizeof<A>() == 4) return v128.bitselect(v, i32x4.splat(0x7fc00000), f32x4.eq(v, v));
  return v128.bitselect(v, i64x2.splat(0x7ff8000000000000), f64x2.eq(v, v));
}
