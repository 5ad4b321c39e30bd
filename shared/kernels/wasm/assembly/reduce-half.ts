// float16 to and from float64, without tables.

export const HALF_NAN: u16 = 0x7e00;

/** The value of a float16's bits; exact. */
export function halfToDouble(b: u32): f64 {
  const e = (b >> 10) & 31;
  const m = b & 0x3ff;
  let v: f64;
  if (e == 31) v = m ? NaN : Infinity;
  else if (e == 0)
    v = <f64>m * 5.960464477539063e-8; // 2^-24
  else v = reinterpret<f64>(((<u64>e + 1008) << 52) | ((<u64>m) << 42));
  return b & 0x8000 ? -v : v;
}

/** Bits of the nearest float16, ties to even; overflow gives infinity, NaN the canonical one. */
export function doubleToHalf(v: f64): u16 {
  if (v != v) return HALF_NAN;
  const sign = <u16>(reinterpret<u64>(v) >> 48) & 0x8000;
  const a = abs(v);
  if (a >= 65520) return sign | 0x7c00;
  if (a < 6.103515625e-5) return sign | <u16>nearest(a * 16777216);
  const u = reinterpret<u64>(a) - ((<u64>1008) << 52);
  const keep = u >> 42;
  const rest = u & 0x3ffffffffff;
  const half: u64 = 0x20000000000;
  return sign | <u16>(keep + <u64>(rest > half || (rest == half && (keep & 1) != 0)));
}
