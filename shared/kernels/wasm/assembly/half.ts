// float16 (IEEE 754 binary16), which WebAssembly does not know, by its bits.

/** Four float16, as float32: exact, subnormals included. */
export function loadHalf4(ptr: usize): v128 {
  return fromHalfBits4(v128.load_ext<u16>(ptr));
}

/** The bits of four float16, in 32-bit lanes, as float32. */
export function fromHalfBits4(bits: v128): v128 {
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

/** The bits of the float16 nearest to each of four float32, ties to even. */
export function halfBits4(x: v128): v128 {
  const magnitude = v128.and(x, i32x4.splat(0x7fffffff));
  const sign = v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000));
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, i32x4.splat(0xfff)), odd), 13);
  // Below 2^-14 the step is 2^-24 everywhere: count steps.
  const steps = f32x4.nearest(f32x4.mul(magnitude, f32x4.splat(16777216)));
  const small = i32x4.lt_s(magnitude, i32x4.splat(0x38800000));
  let bits = v128.bitselect(
    i32x4.trunc_sat_f32x4_s(steps),
    i32x4.sub(rounded, i32x4.splat(112 << 10)),
    small,
  );
  bits = v128.bitselect(i32x4.splat(0x7c00), bits, i32x4.gt_s(magnitude, i32x4.splat(0x477fefff)));
  bits = v128.or(bits, sign);
  return v128.bitselect(bits, i32x4.splat(0x7e00), f32x4.eq(x, x));
}

/** The bits of the float16 nearest to `x`, ties to even. */
export function halfBits(x: f64): u16 {
  const bits = reinterpret<u64>(x);
  const sign = <u16>((bits >> 48) & 0x8000);
  const size = abs(x);
  if (x != x) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 the step is 2^-24 everywhere: count steps.
  if (size < 0.00006103515625) return sign | <u16>(<u32>nearest(size * 16777216.0));
  const magnitude = bits & 0x7fffffffffffffff;
  const rounded = magnitude + 0x1ffffffffff + ((magnitude >> 42) & 1);
  return sign | <u16>((rounded >> 42) - (1008 << 10));
}
