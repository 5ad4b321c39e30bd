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

/** One canonical NaN in all lanes that are NaN: platforms differ in sign and payload. */
export function canonical<A>(v: v128): v128 {
  if (sizeof<A>() == 4) return v128.bitselect(v, i32x4.splat(0x7fc00000), f32x4.eq(v, v));
  return v128.bitselect(v, i64x2.splat(0x7ff8000000000000), f64x2.eq(v, v));
}
