// Sums and sums of squares of columns of float32. Rows are gathered in pairs of float64 first, a sum and what rounding left out of it
// (Knuth's two-sum): 106 bits, where a float32 has 24, its square 48. That is exact as long as nothing is left out of the second either;
// where something is, or an element isn't finite, these columns go to the exact sums element by element.
import { addShifted } from "./reduce-digits";
import { floatColumns } from "./superaccumulator";

/** Rows from which it pays to gather first. */
export const WORTH_PAIRS: usize = 4;
/** Columns that are gathered at once: their pairs stay in the nearest cache, and one that isn't exact takes few others with it. */
const WIDE: usize = 128;
/** Rows after which it is looked whether they are exact. */
const SOME: usize = 64;
/** Rows until a sum may be longer than its digits leave room for. */
const DEEP: usize = 32768;

// by column: sums, their rests, sums of squares, their rests
const SUM_RESTS: usize = 128 << 3;
const SQUARES: usize = 2 * SUM_RESTS;
const SQUARE_RESTS: usize = 3 * SUM_RESTS;
const pairs = memory.data(4 * 128 * 8, 16);

/** Exponents of the units that digits of sums count in, and digits of sums of squares. */
const SUM_UNIT: i32 = -149;
const SQUARE_UNIT: i32 = -298;

/**
 * Adds `reduced` rows of `inner` elements to the numbers at `state`, `stride` bytes from column to column, and their squares to the
 * numbers behind them where there are digits for that. Adds at most `reduced` times what one element adds to a digit.
 */
export function singleColumns(
  src: usize, reduced: usize, inner: usize, state: usize, stride: usize, digits: usize, squareDigits: usize,
): void {
  const flags = (digits + squareDigits) << 3;
  const squaresAt = squareDigits ? digits << 3 : 0;
  for (let i: usize = 0; i < inner; i += WIDE) {
    const n = min<usize>(WIDE, inner - i);
    const at = state + i * stride;
    for (let r: usize = 0; r < reduced; r += DEEP) {
      const rows = min<usize>(DEEP, reduced - r);
      const from = src + ((r * inner + i) << 2);
      if (rows >= WORTH_PAIRS && gatherExactly(from, rows, inner << 2, n, squaresAt != 0)) {
        for (let k: usize = 0; k < n; k++) takePairs(pairs + (k << 3), at + k * stride, squaresAt);
        continue;
      }
      for (let row: usize = 0; row < rows; row++) {
        const squares = squaresAt ? at + squaresAt : 0;
        floatColumns<f32>(from + ((row * inner) << 2), n, at, squares, at + flags, stride);
      }
    }
  }
}

/** The pairs of n columns of some rows, `pitch` bytes apart; false where they aren't exact, which is seen soon. */
function gatherExactly(src: usize, rows: usize, pitch: usize, n: usize, squares: bool): bool {
  const bytes = ((n + 1) & ~1) << 3;
  for (let at = pairs; at < pairs + (squares ? 4 : 2) * SUM_RESTS; at += SUM_RESTS) memory.fill(at, 0, bytes);
  for (let r: usize = 0; r < rows; r += SOME) {
    const count = min<usize>(SOME, rows - r);
    const exact = squares ? gather(src + r * pitch, count, pitch, n, true) : gather(src + r * pitch, count, pitch, n, false);
    if (!exact) return false;
  }
  return true;
}

/** Adds some rows to the pairs; false where that isn't exact. */
@inline
function gather(src: usize, rows: usize, pitch: usize, n: usize, squares: bool): bool {
  let lost = i64x2.splat(0);
  for (let r: usize = 0; r < rows; r++) {
    const row = src + r * pitch;
    let k: usize = 0;
    for (; k + 2 <= n; k += 2) {
      lost = v128.or(lost, addTwo(f64x2.promote_low_f32x4(v128.load64_zero(row + (k << 2))), pairs + (k << 3), squares));
    }
    if (k < n) {
      lost = v128.or(lost, addTwo(f64x2.promote_low_f32x4(v128.load32_zero(row + (k << 2))), pairs + (k << 3), squares));
    }
  }
  return !v128.any_true(lost);
}

/** Adds two elements to two columns; ones where something was lost, as it is of what isn't finite. */
@inline
function addTwo(x: v128, at: usize, squares: bool): v128 {
  const lost = addPair(x, at, at + SUM_RESTS);
  return squares ? v128.or(lost, addPair(f64x2.mul(x, x), at + SQUARES, at + SQUARE_RESTS)) : lost;
}

@inline
function addPair(x: v128, sumAt: usize, restAt: usize): v128 {
  const old = v128.load(sumAt);
  const sum = f64x2.add(old, x);
  v128.store(sumAt, sum);
  const left = leftOut(old, x, sum);
  const rest = v128.load(restAt);
  const both = f64x2.add(rest, left);
  v128.store(restAt, both);
  return f64x2.ne(leftOut(rest, left, both), f64x2.splat(0));
}

/** What rounding left out of the sum of a and b: exact, whichever of them is larger. */
@inline
function leftOut(a: v128, b: v128, sum: v128): v128 {
  const ofB = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, ofB)), f64x2.sub(b, ofB));
}

@inline
function takePairs(pair: usize, state: usize, squaresAt: usize): void {
  addDouble(state, load<f64>(pair), SUM_UNIT);
  addDouble(state, load<f64>(pair + SUM_RESTS), SUM_UNIT);
  if (!squaresAt) return;
  addDouble(state + squaresAt, load<f64>(pair + SQUARES), SQUARE_UNIT);
  addDouble(state + squaresAt, load<f64>(pair + SQUARE_RESTS), SQUARE_UNIT);
}

/** Adds a finite number that is a multiple of 2^unit. */
@inline
function addDouble(state: usize, x: f64, unit: i32): void {
  if (x == 0) return;
  const bits = reinterpret<u64>(x);
  const m = (bits & 0xfffffffffffff) | (<u64>1 << 52);
  // never a subnormal: those of float64 are far below
  const position = <i32>((bits >> 52) & 0x7ff) - 1075 - unit;
  const sign = <i64>bits >> 63;
  if (position >= 0) addShifted(state, position, m, sign);
  else addShifted(state, 0, m >> <u64>-position, sign);
}
