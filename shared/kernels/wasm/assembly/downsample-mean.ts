// Means of windows. Integers: the exact sum, divided and rounded half to even. Floats: the sum in float64, in C order
// of the window, divided and rounded to the dtype.
import { evens, odds, rowAt } from "./downsample-lanes";
import { doubleToHalf, halfToDouble } from "./reduce-half";

/** sum / 2^bits, half to even. */
@inline
function shiftEven(sum: i64, bits: i64): i64 {
  return bits == 0 ? sum : (sum + ((<i64>1 << (bits - 1)) - 1) + ((sum >> bits) & 1)) >> bits;
}

/** quotient + rest / by, half to even; any sign of rest. */
@inline
function divideEven(quotient: i64, rest: i64, by: i64): i64 {
  let q = rest / by;
  let r = rest % by;
  if (r < 0) {
    r += by;
    q--;
  }
  q += quotient;
  return q + <i64>(2 * r > by || (2 * r == by && (q & 1) != 0));
}

/** The mean of one window of integers; `bits` is log2 of its size, or -1 where that isn't whole. */
@inline
function meanAt<T>(base: usize, offsets: usize, rows: usize, factor: usize, bits: i64): T {
  if (sizeof<T>() == 8) {
    // 64-bit sums don't fit: quotients and remainders apart do
    const size = <i64>(rows * factor);
    let quotient: i64 = 0;
    let rest: i64 = 0;
    for (let k: usize = 0; k < rows; k++) {
      const row = base + rowAt(offsets, k);
      for (let j: usize = 0; j < factor; j++) {
        const x = load<T>(row + (j << 3));
        quotient += <i64>(x / <T>size);
        rest += <i64>(x % <T>size);
      }
    }
    return <T>divideEven(quotient, rest, size);
  }
  let sum: i64 = 0;
  for (let k: usize = 0; k < rows; k++) {
    const row = base + rowAt(offsets, k);
    for (let j: usize = 0; j < factor; j++) sum += <i64>load<T>(row + j * sizeof<T>());
  }
  if (bits >= 0) return <T>shiftEven(sum, bits);
  const size = rows * factor;
  // far from a tie, the quotient of two float64 is on the right side of it; on a tie, it is exact
  if (size <= 65536) return <T>nearest(<f64>sum / <f64>size);
  return <T>divideEven(0, sum, <i64>size);
}

@inline
function roundLanes16<T>(sum: v128, bits: i32, half: v128): v128 {
  const one = i16x8.splat(1);
  const floor = isSigned<T>() ? i16x8.shr_s(sum, bits) : i16x8.shr_u(sum, bits);
  const up = i16x8.add(i16x8.add(sum, half), v128.and(floor, one));
  return isSigned<T>() ? i16x8.shr_s(up, bits) : i16x8.shr_u(up, bits);
}

@inline
function roundLanes32<T>(sum: v128, bits: i32, half: v128): v128 {
  const one = i32x4.splat(1);
  const floor = isSigned<T>() ? i32x4.shr_s(sum, bits) : i32x4.shr_u(sum, bits);
  const up = i32x4.add(i32x4.add(sum, half), v128.and(floor, one));
  return isSigned<T>() ? i32x4.shr_s(up, bits) : i32x4.shr_u(up, bits);
}

@inline
function pairs16<T>(v: v128): v128 {
  return isSigned<T>() ? i16x8.extadd_pairwise_i8x16_s(v) : i16x8.extadd_pairwise_i8x16_u(v);
}

@inline
function pairs32<T>(v: v128): v128 {
  return isSigned<T>() ? i32x4.extadd_pairwise_i16x8_s(v) : i32x4.extadd_pairwise_i16x8_u(v);
}

/** The means of windows one element wide, as many as fill vectors; returns how many. */
function meanColumns<T>(base: usize, dst: usize, width: usize, offsets: usize, rows: usize, bits: i32): usize {
  let x: usize = 0;
  if (sizeof<T>() == 1) {
    const half = i16x8.splat(<i16>((<i32>1 << (bits - 1)) - 1));
    for (; width - x >= 16; x += 16) {
      let a = i16x8.splat(0);
      let b = i16x8.splat(0);
      for (let k: usize = 0; k < rows; k++) {
        const v = v128.load(base + x + rowAt(offsets, k));
        a = i16x8.add(a, v128.extend_low<T>(v));
        b = i16x8.add(b, v128.extend_high<T>(v));
      }
      a = roundLanes16<T>(a, bits, half);
      b = roundLanes16<T>(b, bits, half);
      v128.store(dst + x, isSigned<T>() ? i8x16.narrow_i16x8_s(a, b) : i8x16.narrow_i16x8_u(a, b));
    }
  } else if (sizeof<T>() == 2) {
    const half = i32x4.splat((1 << (bits - 1)) - 1);
    for (; width - x >= 8; x += 8) {
      let a = i32x4.splat(0);
      let b = i32x4.splat(0);
      for (let k: usize = 0; k < rows; k++) {
        const v = v128.load(base + (x << 1) + rowAt(offsets, k));
        a = i32x4.add(a, v128.extend_low<T>(v));
        b = i32x4.add(b, v128.extend_high<T>(v));
      }
      a = roundLanes32<T>(a, bits, half);
      b = roundLanes32<T>(b, bits, half);
      v128.store(dst + (x << 1), isSigned<T>() ? i16x8.narrow_i32x4_s(a, b) : i16x8.narrow_i32x4_u(a, b));
    }
  }
  return x;
}

/** Writes one row of `width` means; `rows` rows of each window lie at `offsets` from `base`, `factor` elements each. */
export function meanRow<T>(base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize): void {
  const size = rows * factor;
  const bits: i32 = size & (size - 1) ? -1 : <i32>ctz<usize>(size);
  let x: usize = 0;
  if (factor == 2 && bits > 0 && bits <= 7) {
    if (sizeof<T>() == 1) {
      const half = i16x8.splat(<i16>((<i32>1 << (bits - 1)) - 1));
      for (; width - x >= 16; x += 16) {
        const from = base + (x << 1);
        let a = i16x8.splat(0);
        let b = i16x8.splat(0);
        for (let k: usize = 0; k < rows; k++) {
          const row = from + rowAt(offsets, k);
          a = i16x8.add(a, pairs16<T>(v128.load(row)));
          b = i16x8.add(b, pairs16<T>(v128.load(row, 16)));
        }
        a = roundLanes16<T>(a, bits, half);
        b = roundLanes16<T>(b, bits, half);
        v128.store(dst + x, isSigned<T>() ? i8x16.narrow_i16x8_s(a, b) : i8x16.narrow_i16x8_u(a, b));
      }
    } else if (sizeof<T>() == 2) {
      const half = i32x4.splat((1 << (bits - 1)) - 1);
      for (; width - x >= 8; x += 8) {
        const from = base + (x << 2);
        let a = i32x4.splat(0);
        let b = i32x4.splat(0);
        for (let k: usize = 0; k < rows; k++) {
          const row = from + rowAt(offsets, k);
          a = i32x4.add(a, pairs32<T>(v128.load(row)));
          b = i32x4.add(b, pairs32<T>(v128.load(row, 16)));
        }
        a = roundLanes32<T>(a, bits, half);
        b = roundLanes32<T>(b, bits, half);
        v128.store(dst + (x << 1), isSigned<T>() ? i16x8.narrow_i32x4_s(a, b) : i16x8.narrow_i32x4_u(a, b));
      }
    }
  }
  if (factor == 1 && bits > 0 && bits <= 7) x = meanColumns<T>(base, dst, width, offsets, rows, bits);
  for (; x < width; x++) {
    const from = base + x * factor * sizeof<T>();
    store<T>(dst + x * sizeof<T>(), meanAt<T>(from, offsets, rows, factor, bits));
  }
}

const CANONICAL32: f32 = reinterpret<f32>(0x7fc00000);
const CANONICAL64: f64 = reinterpret<f64>(0x7ff8000000000000);

/** The same for floats; float16 comes as u16. */
export function meanRowFloat<T>(
  base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize,
): void {
  const size = <f64>(rows * factor);
  let x: usize = 0;
  if (sizeof<T>() == 4 && factor == 2) {
    // the inverse of a power of two is exact, so multiplying gives the same
    const count = rows * factor;
    const exact = (count & (count - 1)) == 0;
    const by = f64x2.splat(exact ? 1 / size : size);
    for (; width - x >= 4; x += 4) {
      const from = base + (x << 3);
      // -0 is what adding nothing is: 0 would turn a sum of -0 into 0
      let a = f64x2.splat(-0.0);
      let b = f64x2.splat(-0.0);
      for (let k: usize = 0; k < rows; k++) {
        const row = from + rowAt(offsets, k);
        const v = v128.load(row);
        const w = v128.load(row, 16);
        const even = evens<f32>(v, w);
        const odd = odds<f32>(v, w);
        a = f64x2.add(f64x2.add(a, f64x2.promote_low_f32x4(even)), f64x2.promote_low_f32x4(odd));
        const evenHigh = v128.shuffle<u64>(even, even, 1, 1);
        const oddHigh = v128.shuffle<u64>(odd, odd, 1, 1);
        b = f64x2.add(f64x2.add(b, f64x2.promote_low_f32x4(evenHigh)), f64x2.promote_low_f32x4(oddHigh));
      }
      const low = f32x4.demote_f64x2_zero(exact ? f64x2.mul(a, by) : f64x2.div(a, by));
      const high = f32x4.demote_f64x2_zero(exact ? f64x2.mul(b, by) : f64x2.div(b, by));
      const v = v128.shuffle<u64>(low, high, 0, 2);
      v128.store(dst + (x << 2), v128.bitselect(v, f32x4.splat(CANONICAL32), f32x4.eq(v, v)));
    }
  }
  for (; x < width; x++) {
    const from = base + x * factor * sizeof<T>();
    let sum: f64 = -0.0;
    for (let k: usize = 0; k < rows; k++) {
      const row = from + rowAt(offsets, k);
      for (let j: usize = 0; j < factor; j++) {
        const at = row + j * sizeof<T>();
        sum += sizeof<T>() == 2 ? halfToDouble(load<u16>(at)) : sizeof<T>() == 4 ? <f64>load<f32>(at) : load<f64>(at);
      }
    }
    const mean = sum / size;
    const to = dst + x * sizeof<T>();
    if (sizeof<T>() == 2) store<u16>(to, doubleToHalf(mean));
    else if (sizeof<T>() == 4) store<f32>(to, mean != mean ? CANONICAL32 : <f32>mean);
    else store<f64>(to, mean != mean ? CANONICAL64 : mean);
  }
}
