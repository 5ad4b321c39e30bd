// Sums and sums of squares of integers, exact. Digits of a sum: 1 for 8 and 16 bits, 2 for 32, 3 for 64; of a sum of
// squares: 1 for 8 bits, 2 for 16, 3 for 32, 5 for 64.
import { addTo, MASK } from "./reduce-digits";

/** Adds one element's value. */
@inline
function addValue<T>(state: usize, x: T): void {
  if (sizeof<T>() <= 2) {
    addTo(state, 0, <i64>x);
  } else if (sizeof<T>() == 4) {
    addTo(state, 0, <i64>x & <i64>MASK);
    addTo(state, 1, <i64>x >> 32);
  } else {
    addTo(state, 0, <i64>x & <i64>MASK);
    addTo(state, 1, isSigned<T>() ? <i64>x >> 32 : <i64>(<u64>x >> 32));
  }
}

@inline
function addSquare<T>(state: usize, x: T): void {
  if (sizeof<T>() <= 2) {
    addTo(state, 0, <i64>x * <i64>x);
  } else if (sizeof<T>() == 4) {
    const s = isSigned<T>() ? <u64>(<i64>x * <i64>x) : <u64>x * <u64>x;
    addTo(state, 0, <i64>(s & MASK));
    addTo(state, 1, <i64>(s >> 32));
  } else {
    const m = isSigned<T>() && <i64>x < 0 ? 0 - <u64>x : <u64>x;
    const l = m & MASK;
    const h = m >> 32;
    const ll = l * l;
    const lh = l * h;
    const hh = h * h;
    addTo(state, 0, <i64>(ll & MASK));
    addTo(state, 1, <i64>((ll >> 32) + ((lh << 1) & MASK)));
    addTo(state, 2, <i64>((lh >> 31) + (hh & MASK)));
    addTo(state, 3, <i64>(hh >> 32));
  }
}

/** Sum of n elements of at most 32 bits; n is bounded by the memory, so 63 bits hold it. */
function total<T>(src: usize, n: usize): i64 {
  let sum: i64 = 0;
  let i: usize = 0;
  if (sizeof<T>() == 1) {
    while (n - i >= 16) {
      const stop = i + min<usize>((n - i) & ~15, 1 << 24);
      let acc = i32x4.splat(0);
      for (; i < stop; i += 16) {
        const v = v128.load(src + i);
        if (isSigned<T>()) acc = i32x4.add(acc, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v)));
        else acc = i32x4.add(acc, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
      }
      sum += lanes32<T>(acc);
    }
  } else if (sizeof<T>() == 2) {
    while (n - i >= 8) {
      const stop = i + min<usize>((n - i) & ~7, 1 << 17);
      let acc = i32x4.splat(0);
      for (; i < stop; i += 8) {
        const v = v128.load(src + (i << 1));
        if (isSigned<T>()) acc = i32x4.add(acc, i32x4.extadd_pairwise_i16x8_s(v));
        else acc = i32x4.add(acc, i32x4.extadd_pairwise_i16x8_u(v));
      }
      sum += lanes32<T>(acc);
    }
  } else {
    let acc = i64x2.splat(0);
    for (; n - i >= 4; i += 4) {
      const v = v128.load(src + (i << 2));
      if (isSigned<T>()) acc = i64x2.add(acc, i64x2.add(i64x2.extend_low_i32x4_s(v), i64x2.extend_high_i32x4_s(v)));
      else acc = i64x2.add(acc, i64x2.add(i64x2.extend_low_i32x4_u(v), i64x2.extend_high_i32x4_u(v)));
    }
    sum = i64x2.extract_lane(acc, 0) + i64x2.extract_lane(acc, 1);
  }
  for (; i < n; i++) sum += <i64>load<T>(src + i * sizeof<T>());
  return sum;
}

@inline
function lanes32<T>(v: v128): i64 {
  const pairs = isSigned<T>()
    ? i64x2.add(i64x2.extend_low_i32x4_s(v), i64x2.extend_high_i32x4_s(v))
    : i64x2.add(i64x2.extend_low_i32x4_u(v), i64x2.extend_high_i32x4_u(v));
  return i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1);
}

/** Sum of squares of n elements of 8 or 16 bits. */
function totalSquares<T>(src: usize, n: usize): i64 {
  let sum: i64 = 0;
  let i: usize = 0;
  if (sizeof<T>() == 1) {
    while (n - i >= 16) {
      const stop = i + min<usize>((n - i) & ~15, 1 << 17);
      let acc = i32x4.splat(0);
      for (; i < stop; i += 16) {
        const v = v128.load(src + i);
        const a = isSigned<T>() ? i16x8.extend_low_i8x16_s(v) : i16x8.extend_low_i8x16_u(v);
        const b = isSigned<T>() ? i16x8.extend_high_i8x16_s(v) : i16x8.extend_high_i8x16_u(v);
        acc = i32x4.add(acc, i32x4.add(i32x4.dot_i16x8_s(a, a), i32x4.dot_i16x8_s(b, b)));
      }
      sum += lanes32<u32>(acc);
    }
  } else {
    const whole = n & ~7;
    let acc = i64x2.splat(0);
    for (; i < whole; i += 8) {
      const v = v128.load(src + (i << 1));
      // signed products are the fast ones: unsigned x goes as y = x - 32768. Two squares of at most 2^30 each give 2^31,
      // the sign bit, read as unsigned.
      const y = isSigned<T>() ? v : v128.xor(v, i16x8.splat(-0x8000));
      const p = i32x4.dot_i16x8_s(y, y);
      acc = i64x2.add(acc, i64x2.add(i64x2.extend_low_i32x4_u(p), i64x2.extend_high_i32x4_u(p)));
    }
    sum = i64x2.extract_lane(acc, 0) + i64x2.extract_lane(acc, 1);
    // x^2 = y^2 + 65536 x - 2^30
    if (!isSigned<T>()) sum += (total<T>(src, whole) << 16) - (<i64>whole << 30);
  }
  for (; i < n; i++) {
    const x = <i64>load<T>(src + i * sizeof<T>());
    sum += x * x;
  }
  return sum;
}

/** Adds n contiguous elements to one number. */
export function sumSpan<T>(src: usize, n: usize, state: usize): void {
  if (sizeof<T>() <= 2) {
    addTo(state, 0, total<T>(src, n));
  } else if (sizeof<T>() == 4) {
    const sum = total<T>(src, n);
    addTo(state, 0, sum & <i64>MASK);
    addTo(state, 1, sum >> 32);
  } else {
    for (let i: usize = 0; i < n; i++) addValue<T>(state, load<T>(src + (i << 3)));
  }
}

export function squaresSpan<T>(src: usize, n: usize, state: usize): void {
  if (sizeof<T>() == 1) {
    addTo(state, 0, totalSquares<T>(src, n));
  } else if (sizeof<T>() == 2) {
    const sum = totalSquares<T>(src, n);
    addTo(state, 0, sum & <i64>MASK);
    addTo(state, 1, sum >> 32);
  } else if (sizeof<T>() == 4) {
    const mask = i64x2.splat(<i64>MASK);
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let i: usize = 0;
    for (; n - i >= 4; i += 4) {
      const v = v128.load(src + (i << 2));
      const p = isSigned<T>() ? i64x2.extmul_low_i32x4_s(v, v) : i64x2.extmul_low_i32x4_u(v, v);
      const q = isSigned<T>() ? i64x2.extmul_high_i32x4_s(v, v) : i64x2.extmul_high_i32x4_u(v, v);
      low = i64x2.add(low, i64x2.add(v128.and(p, mask), v128.and(q, mask)));
      high = i64x2.add(high, i64x2.add(i64x2.shr_u(p, 32), i64x2.shr_u(q, 32)));
    }
    addTo(state, 0, i64x2.extract_lane(low, 0) + i64x2.extract_lane(low, 1));
    addTo(state, 1, i64x2.extract_lane(high, 0) + i64x2.extract_lane(high, 1));
    for (; i < n; i++) addSquare<T>(state, load<T>(src + (i << 2)));
  } else {
    for (let i: usize = 0; i < n; i++) addSquare<T>(state, load<T>(src + (i << 3)));
  }
}

/** Adds n elements to n numbers, `stride` bytes apart. */
export function sumColumns<T>(src: usize, n: usize, state: usize, stride: usize): void {
  let i: usize = 0;
  if (sizeof<T>() == 2 && stride == 8) {
    for (; n - i >= 8; i += 8) {
      const v = v128.load(src + (i << 1));
      const a = isSigned<T>() ? i32x4.extend_low_i16x8_s(v) : i32x4.extend_low_i16x8_u(v);
      const b = isSigned<T>() ? i32x4.extend_high_i16x8_s(v) : i32x4.extend_high_i16x8_u(v);
      addFour<T>(state + (i << 3), a);
      addFour<T>(state + (i << 3) + 32, b);
    }
  } else if (sizeof<T>() == 1 && stride == 8) {
    for (; n - i >= 4; i += 4) {
      const v = v128.load32_zero(src + i);
      if (isSigned<T>()) addFour<T>(state + (i << 3), i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v)));
      else addFour<T>(state + (i << 3), i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v)));
    }
  }
  for (; i < n; i++) addValue<T>(state + i * stride, load<T>(src + i * sizeof<T>()));
}

@inline
function addFour<T>(at: usize, v: v128): void {
  const low = isSigned<T>() ? i64x2.extend_low_i32x4_s(v) : i64x2.extend_low_i32x4_u(v);
  const high = isSigned<T>() ? i64x2.extend_high_i32x4_s(v) : i64x2.extend_high_i32x4_u(v);
  v128.store(at, i64x2.add(v128.load(at), low));
  v128.store(at, i64x2.add(v128.load(at, 16), high), 16);
}

export function squaresColumns<T>(src: usize, n: usize, state: usize, stride: usize): void {
  for (let i: usize = 0; i < n; i++) addSquare<T>(state + i * stride, load<T>(src + i * sizeof<T>()));
}
