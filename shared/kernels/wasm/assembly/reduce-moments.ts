// Sums and sums of squares of columns of integers of at most 16 bits: rows are gathered in lanes first, and only those totals go to
// the exact sums, whose records lie apart.
import { addTo } from "./reduce-digits";

/** Columns that are gathered at once: their totals stay in the nearest cache. */
const WIDE: usize = 1024;
/** Rows until a sum of 16 bits might leave 32. */
const DEEP: usize = 32768;

const sums = memory.data(4096, 16);
const squares = memory.data(8192, 16);

/**
 * Adds `reduced` rows of `inner` elements to the numbers at `state`, `stride` bytes from column to column, and their squares to
 * those `squaresAt` bytes behind them. Adds at most `reduced` times what one element adds to a digit.
 */
export function momentColumns<T>(
  src: usize, reduced: usize, inner: usize, state: usize, stride: usize, squaresAt: usize,
): void {
  for (let i: usize = 0; i < inner; i += WIDE) {
    const n = min<usize>(WIDE, inner - i);
    for (let r: usize = 0; r < reduced; r += DEEP) {
      const rows = min<usize>(DEEP, reduced - r);
      gather<T>(src + (r * inner + i) * sizeof<T>(), rows, inner * sizeof<T>(), n);
      let at = state + i * stride;
      for (let k: usize = 0; k < n; k++, at += stride) {
        addTo(at, 0, isSigned<T>() ? <i64>load<i32>(sums + (k << 2)) : <i64>load<u32>(sums + (k << 2)));
        addTo(at + squaresAt, 0, load<i64>(squares + (k << 3)));
      }
    }
  }
}

/** The totals of n columns of some rows, `pitch` bytes apart. */
function gather<T>(src: usize, rows: usize, pitch: usize, n: usize): void {
  memory.fill(sums, 0, n << 2);
  memory.fill(squares, 0, n << 3);
  for (let r: usize = 0; r < rows; r++) {
    const row = src + r * pitch;
    let k: usize = 0;
    for (; n - k >= 8; k += 8) addEight<T>(eight<T>(row + k * sizeof<T>()), sums + (k << 2), squares + (k << 3));
    for (; k < n; k++) {
      const x = <i32>load<T>(row + k * sizeof<T>());
      store<i32>(sums + (k << 2), load<i32>(sums + (k << 2)) + x);
      store<i64>(squares + (k << 3), load<i64>(squares + (k << 3)) + <i64>x * <i64>x);
    }
  }
}

/** Eight elements as 16 bits each. */
@inline
function eight<T>(at: usize): v128 {
  if (sizeof<T>() == 2) return v128.load(at);
  const bytes = v128.load64_zero(at);
  return isSigned<T>() ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes);
}

@inline
function addEight<T>(v: v128, sum: usize, square: usize): void {
  const low = isSigned<T>() ? i32x4.extend_low_i16x8_s(v) : i32x4.extend_low_i16x8_u(v);
  const high = isSigned<T>() ? i32x4.extend_high_i16x8_s(v) : i32x4.extend_high_i16x8_u(v);
  v128.store(sum, i32x4.add(v128.load(sum), low));
  v128.store(sum, i32x4.add(v128.load(sum, 16), high), 16);
  // a square of 16 bits fits 32 without a sign
  const p = isSigned<T>() ? i32x4.extmul_low_i16x8_s(v, v) : i32x4.extmul_low_i16x8_u(v, v);
  const q = isSigned<T>() ? i32x4.extmul_high_i16x8_s(v, v) : i32x4.extmul_high_i16x8_u(v, v);
  v128.store(square, i64x2.add(v128.load(square), i64x2.extend_low_i32x4_u(p)));
  v128.store(square, i64x2.add(v128.load(square, 16), i64x2.extend_high_i32x4_u(p)), 16);
  v128.store(square, i64x2.add(v128.load(square, 32), i64x2.extend_low_i32x4_u(q)), 32);
  v128.store(square, i64x2.add(v128.load(square, 48), i64x2.extend_high_i32x4_u(q)), 48);
}
