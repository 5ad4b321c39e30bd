// From exact sums to a result that is rounded once: sum, mean, variance, standard deviation. Magnitudes are arrays of
// 32-bit words, least significant first, in static areas.

import { MASK } from "./reduce-digits";
import { doubleToHalf } from "./reduce-half";
import { MINUS_INFINITY, NOT_A_NUMBER, PLUS_INFINITY } from "./superaccumulator";

export const MEAN: i32 = 1;
export const VARIANCE: i32 = 2;
export const DEVIATION: i32 = 3;

// float64's sum of squares has 133 words; a count adds 2, and SHIFT more make room for the quotient's bits
const SHIFT: usize = 6;
const first = memory.data(160 * 4, 16);
const second = memory.data(160 * 4, 16);
const work = memory.data(160 * 4, 16);

// of the magnitude that was read last: its sign and its words that aren't 0, from and to (exclusive)
let negative: bool = false;
let from: usize = 0;
let to: usize = 0;
// words of `work` in use; three more behind them are 0
let length: usize = 0;

@inline
function clearWork(words: usize): void {
  length = words;
  memory.fill(work, 0, (words + 3) << 2);
}

@inline
function word(at: usize, k: usize): u64 {
  return <u64>load<u32>(at + (k << 2));
}

function readMagnitude(state: usize, digits: usize, at: usize): void {
  let carry: i64 = 0;
  for (let k: usize = 0; k + 1 < digits; k++) {
    const v = load<i64>(state + (k << 3)) + carry;
    store<u32>(at + (k << 2), <u32>v);
    carry = v >> 32;
  }
  const top = load<i64>(state + ((digits - 1) << 3)) + carry;
  store<u64>(at + ((digits - 1) << 2), <u64>top);
  negative = top < 0;
  if (negative) {
    let one: u64 = 1;
    for (let k: usize = 0; k <= digits; k++) {
      const v = (~word(at, k) & MASK) + one;
      store<u32>(at + (k << 2), <u32>v);
      one = v >> 32;
    }
  }
  from = 0;
  to = digits + 1;
  while (to > 0 && word(at, to - 1) == 0) to--;
  while (from < to && word(at, from) == 0) from++;
}

/** into[k + shift ...] += at[k] * factor for the words from .. to of `at`. */
function addProduct(into: usize, at: usize, start: usize, stop: usize, shift: usize, factor: u64): void {
  let carry: u64 = 0;
  let k = start;
  for (; k < stop; k++) {
    const v = word(at, k) * factor + word(into, k + shift) + carry;
    store<u32>(into + ((k + shift) << 2), <u32>v);
    carry = v >> 32;
  }
  for (; carry != 0; k++) {
    const v = word(into, k + shift) + carry;
    store<u32>(into + ((k + shift) << 2), <u32>v);
    carry = v >> 32;
  }
}

/** Words of a quotient that are worked out: two divisions, each by less than 2^53, leave more than 64 bits of them. */
const KEPT: usize = 6;

/**
 * Divides the magnitude in `work` by `by` < 2^53, rounding down; true where a remainder is left. Of the quotient only the first words
 * are worked out, the others are 0 and part of what is left.
 */
function divide(by: u64): bool {
  const at = work;
  while (length > 0 && word(at, length - 1) == 0) length--;
  let rest: u64 = 0;
  let leading: usize = length;
  let k = length;
  for (; k > 0 && leading < k + KEPT; k--) {
    let quotient: u32 = 0;
    if (by <= MASK) {
      const v = (rest << 32) | word(at, k - 1);
      quotient = <u32>(v / by);
      rest = v % by;
    } else {
      const w = <u32>word(at, k - 1);
      for (let bit: u32 = 32; bit > 0; bit--) {
        rest = (rest << 1) | ((w >> (bit - 1)) & 1);
        const fits = rest >= by;
        quotient = (quotient << 1) | <u32>fits;
        if (fits) rest -= by;
      }
    }
    store<u32>(at + ((k - 1) << 2), quotient);
    if (quotient == 0 && leading == k) leading--;
  }
  let left = rest != 0;
  for (; k > 0; k--) {
    if (word(at, k - 1) != 0) left = true;
    store<u32>(at + ((k - 1) << 2), 0);
  }
  return left;
}

/**
 * The magnitude in `work` times 2^unit, and a little more where `sticky`, rounded to `precision` bits but no finer than
 * 2^smallest, ties to even.
 */
function round(unit: i32, sticky: bool, precision: i32, smallest: i32): f64 {
  const at = work;
  let top = length;
  while (top > 0 && word(at, top - 1) == 0) top--;
  if (top == 0) return 0;
  const bit = <i32>(top * 32) - 1 - <i32>clz<u32>(<u32>word(at, top - 1));
  const last = max<i32>(bit + unit - precision + 1, smallest);
  if (last - unit > bit + 1) return 0; // under half of the smallest subnormal
  const drop = <usize>(last - unit);
  const d = drop >> 5;
  const s: u64 = drop & 31;
  let keep = (word(at, d) | (word(at, d + 1) << 32)) >> s;
  if (s) keep |= word(at, d + 2) << (64 - s);
  if (drop > 0) {
    const h = drop - 1;
    if ((word(at, h >> 5) >> (h & 31)) & 1) {
      let below = sticky || (word(at, h >> 5) & ((<u64>1 << (h & 31)) - 1)) != 0;
      for (let k: usize = 0; !below && k < h >> 5; k++) below = word(at, k) != 0;
      keep += <u64>(below || (keep & 1) != 0);
    }
  }
  if (precision < 53) return <f64>keep * reinterpret<f64>(<u64>(last + 1023) << 52);
  if (keep < 0x10000000000000) return reinterpret<f64>(keep);
  const bits = (<u64>(last + 1075) << 52) + (keep - 0x10000000000000);
  return bits >= <u64>0x7ff0000000000000 ? Infinity : reinterpret<f64>(bits);
}

/** A number of one or two digits as an integer, or i64.MIN_VALUE where it isn't that small. */
@inline
function smallValue(state: usize, digits: usize): i64 {
  const d = load<i64>(state);
  let high: i64 = 0;
  if (digits == 2) high = load<i64>(state, 8);
  if (digits > 2 || abs(d) > 0xfffffffffffff || abs(high) > 0x7ffff) return i64.MIN_VALUE;
  return (high << 32) + d;
}

function meanOf(state: usize, digits: usize, count: u64, unit: i32, precision: i32, smallest: i32): f64 {
  if (unit == 0) {
    const v = smallValue(state, digits);
    if (v != i64.MIN_VALUE && abs(v) <= 0x1fffffffffffff) return <f64>v / <f64>count;
  }
  clearWork(SHIFT + digits + 1);
  readMagnitude(state, digits, work + SHIFT * 4);
  const minus = negative;
  const sticky = divide(count);
  const value = round(unit - 32 * <i32>SHIFT, sticky, precision, smallest);
  return minus ? -value : value;
}

/** (n S2 - S1^2) / (n divisor), all of it exact before the one rounding. */
function varianceOf(
  state: usize, digits: usize, squareDigits: usize, count: u64, divisor: u64, unit: i32, precision: i32, smallest: i32,
): f64 {
  const squares = state + (digits << 3);
  if (unit == 0 && count < 1 << 20 && divisor < 1 << 20) {
    const s = smallValue(state, digits);
    const q = smallValue(squares, squareDigits);
    if (s != i64.MIN_VALUE && q != i64.MIN_VALUE && abs(s) < 1 << 31 && q < <i64>1 << 42) {
      const numerator = <i64>count * q - s * s;
      if (numerator <= 0x1fffffffffffff && divisor) return <f64>numerator / <f64>(count * divisor);
    }
  }
  readMagnitude(squares, squareDigits, second);
  const squaresTo = to;
  const squaresFrom = from;
  readMagnitude(state, digits, first);
  clearWork(SHIFT + max<usize>(squaresTo + 3, 2 * to + 1));
  addProduct(work, second, squaresFrom, squaresTo, SHIFT, count & MASK);
  if (count >> 32) addProduct(work, second, squaresFrom, squaresTo, SHIFT + 1, count >> 32);
  memory.fill(second, 0, length << 2);
  for (let k = from; k < to; k++) addProduct(second, first, from, to, k, word(first, k));
  let borrow: u64 = 0;
  let any: u32 = 0;
  for (let k: usize = SHIFT; k < length; k++) {
    const v = word(work, k) - word(second, k - SHIFT) - borrow;
    store<u32>(work + (k << 2), <u32>v);
    any |= <u32>v;
    borrow = (v >> 32) & 1;
  }
  if (!divisor) return any ? Infinity : NaN;
  let sticky = divide(count);
  sticky = divide(divisor) || sticky;
  return round(2 * unit - 32 * <i32>SHIFT, sticky, precision, smallest);
}

function storeAs(bytes: usize, at: usize, v: f64): void {
  if (bytes == 2) store<u16>(at, doubleToHalf(v));
  else if (v != v) bytes == 4 ? store<u32>(at, 0x7fc00000) : store<u64>(at, 0x7ff8000000000000);
  else if (bytes == 4) store<f32>(at, <f32>v);
  else store<f64>(at, v);
}

/** The low 64 bits of n integer sums, as numpy's int64 and uint64 wrap. */
export function finishIntegers(state: usize, n: usize, stride: usize, digits: usize, out: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const at = state + i * stride;
    let v = load<u64>(at);
    if (digits > 1) v += load<u64>(at, 8) << 32;
    store<u64>(out + (i << 3), v);
  }
}

/**
 * n results of `bytes` bytes each (2: float16, 4: float32, 8: float64). The sums count in 2^unit; `floats` says that
 * flags follow the digits; `divisor` is count - ddof, at least 0. `counts`, where it isn't 0, holds an f64 count of
 * each output instead: NaN was left out, and a variance without a divisor is NaN.
 */
export function finishFloats(
  op: i32, state: usize, n: usize, stride: usize, digits: usize, squareDigits: usize, unit: i32, floats: bool,
  allCount: u64, allDivisor: u64, counts: usize, ddof: i32, bytes: usize, out: usize,
): void {
  const precision = bytes == 8 ? 53 : bytes == 4 ? 24 : 11;
  const smallest = bytes == 8 ? -1074 : bytes == 4 ? -149 : -24;
  for (let i: usize = 0; i < n; i++) {
    const at = state + i * stride;
    let v: f64;
    let count = allCount;
    let divisor = allDivisor;
    if (counts) {
      count = <u64>load<f64>(counts + (i << 3));
      divisor = <u64>max<i64>(0, <i64>count - ddof);
    }
    const flags = floats ? load<u64>(at + ((digits + squareDigits) << 3)) : 0;
    if (flags) {
      if (op >= VARIANCE || flags & NOT_A_NUMBER || flags == (PLUS_INFINITY | MINUS_INFINITY)) v = NaN;
      else v = flags & PLUS_INFINITY ? Infinity : -Infinity;
    } else if (op == 0) {
      clearWork(digits + 1);
      readMagnitude(at, digits, work);
      v = round(unit, false, precision, smallest);
      if (negative) v = -v;
    } else if (!count || (counts && !divisor && op != MEAN)) {
      v = NaN;
    } else if (op == MEAN) {
      v = meanOf(at, digits, count, unit, precision, smallest);
    } else if (op == VARIANCE) {
      v = varianceOf(at, digits, squareDigits, count, divisor, unit, precision, smallest);
    } else {
      v = sqrt(varianceOf(at, digits, squareDigits, count, divisor, unit, 53, -1074));
    }
    storeAs(bytes, out + i * bytes, v);
  }
}
