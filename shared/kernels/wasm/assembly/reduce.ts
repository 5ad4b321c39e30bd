// What the host calls for reductions. A block is taken as [outer][reduced][inner], C order: each of outer x inner
// outputs gathers `reduced` elements. A host that reduces interleaved axes calls once for each outer position.
import { normalizeDigits, wordOf } from "./reduce-digits";
import { extremeColumns, extremeSpan, finiteRange, plainColumns, sameNaN } from "./reduce-extremes";
import { finishFloats, finishIntegers } from "./reduce-finish";
import { momentColumns } from "./reduce-moments";
import { squaresColumns, squaresSpan, sumColumns, sumSpan } from "./reduce-integers";
import { singleColumns, WORTH_PAIRS } from "./reduce-pairs";
import { floatColumns, floatSpan } from "./superaccumulator";

// dtypes by their place in the host's list: bool, int8, uint8, ... float16, float32, float64
const FLOAT16: i32 = 9;
const FLOAT32: i32 = 10;
const FLOAT64: i32 = 11;

@inline
function itemBytes(dtype: i32): usize {
  if (dtype <= 2) return 1;
  if (dtype <= 4 || dtype == FLOAT16) return 2;
  return dtype <= 6 || dtype == FLOAT32 ? 4 : 8;
}

@inline
function integerSpan<T>(src: usize, n: usize, sum: usize, squares: usize): void {
  if (!squares) return sumSpan<T>(src, n, sum);
  // in pieces, so that the second pass reads from the nearest cache
  for (let i: usize = 0; i < n; i += 8192) {
    const count = min<usize>(8192, n - i);
    sumSpan<T>(src + i * sizeof<T>(), count, sum);
    squaresSpan<T>(src + i * sizeof<T>(), count, squares);
  }
}

function span(dtype: i32, src: usize, n: usize, sum: usize, squares: usize, flags: usize): void {
  switch (dtype) {
    case 0: case 2: return integerSpan<u8>(src, n, sum, squares);
    case 1: return integerSpan<i8>(src, n, sum, squares);
    case 3: return integerSpan<i16>(src, n, sum, squares);
    case 4: return integerSpan<u16>(src, n, sum, squares);
    case 5: return integerSpan<i32>(src, n, sum, squares);
    case 6: return integerSpan<u32>(src, n, sum, squares);
    case 7: return integerSpan<i64>(src, n, sum, squares);
    case 8: return integerSpan<u64>(src, n, sum, squares);
    case 9: return floatSpan<u16>(src, n, sum, squares, flags);
    case 10: return floatSpan<f32>(src, n, sum, squares, flags);
    default: return floatSpan<f64>(src, n, sum, squares, flags);
  }
}

@inline
function integerColumns<T>(src: usize, n: usize, sum: usize, squares: usize, stride: usize): void {
  sumColumns<T>(src, n, sum, stride);
  if (squares) squaresColumns<T>(src, n, squares, stride);
}

function columns(dtype: i32, src: usize, n: usize, sum: usize, squares: usize, flags: usize, stride: usize): void {
  switch (dtype) {
    case 0: case 2: return integerColumns<u8>(src, n, sum, squares, stride);
    case 1: return integerColumns<i8>(src, n, sum, squares, stride);
    case 3: return integerColumns<i16>(src, n, sum, squares, stride);
    case 4: return integerColumns<u16>(src, n, sum, squares, stride);
    case 5: return integerColumns<i32>(src, n, sum, squares, stride);
    case 6: return integerColumns<u32>(src, n, sum, squares, stride);
    case 7: return integerColumns<i64>(src, n, sum, squares, stride);
    case 8: return integerColumns<u64>(src, n, sum, squares, stride);
    case 9: return floatColumns<u16>(src, n, sum, squares, flags, stride);
    case 10: return floatColumns<f32>(src, n, sum, squares, flags, stride);
    default: return floatColumns<f64>(src, n, sum, squares, flags, stride);
  }
}

/** Of integers of at most 16 bits. */
function smallMoments(
  dtype: i32, src: usize, reduced: usize, inner: usize, state: usize, stride: usize, squaresAt: usize,
): void {
  switch (dtype) {
    case 0: case 2: return momentColumns<u8>(src, reduced, inner, state, stride, squaresAt);
    case 1: return momentColumns<i8>(src, reduced, inner, state, stride, squaresAt);
    case 3: return momentColumns<i16>(src, reduced, inner, state, stride, squaresAt);
    default: return momentColumns<u16>(src, reduced, inner, state, stride, squaresAt);
  }
}

/**
 * Adds a block to exact sums of `digits` digits each, and to the sums of squares of `squareDigits` digits behind each
 * (0: none); `stride` bytes from output to output.
 */
export function reduceSum(
  dtype: i32, src: usize, outer: usize, reduced: usize, inner: usize,
  state: usize, stride: usize, digits: usize, squareDigits: usize,
): void {
  const item = itemBytes(dtype);
  const flags = state + ((digits + squareDigits) << 3);
  const squares = squareDigits ? state + (digits << 3) : 0;
  // as many columns at a time as keep their numbers in the nearest cache
  const wide = max<usize>(16, 32768 / stride);
  for (let o: usize = 0; o < outer; o++) {
    const from = src + o * reduced * inner * item;
    if (inner == 1) {
      const at = o * stride;
      span(dtype, from, reduced, state + at, squares ? squares + at : 0, flags + at);
      continue;
    }
    if (squares && dtype <= 4) {
      smallMoments(dtype, from, reduced, inner, state + o * inner * stride, stride, digits << 3);
      continue;
    }
    if (dtype == FLOAT32 && reduced >= WORTH_PAIRS) {
      singleColumns(from, reduced, inner, state + o * inner * stride, stride, digits, squareDigits);
      continue;
    }
    for (let i: usize = 0; i < inner; i += wide) {
      const at = (o * inner + i) * stride;
      const n = min<usize>(wide, inner - i);
      for (let r: usize = 0; r < reduced; r++) {
        const row = from + (r * inner + i) * item;
        columns(dtype, row, n, state + at, squares ? squares + at : 0, flags + at, stride);
      }
    }
  }
}

function extremeRow(op: i32, src: usize, n: usize, state: usize): void {
  switch (op) {
    case 0: case 2: return extremeSpan<u8>(src, n, state, false, false);
    case 1: return extremeSpan<i8>(src, n, state, false, false);
    case 3: return extremeSpan<i16>(src, n, state, false, false);
    case 4: return extremeSpan<u16>(src, n, state, false, false);
    case 5: return extremeSpan<i32>(src, n, state, false, false);
    case 6: return extremeSpan<u32>(src, n, state, false, false);
    case 7: return extremeSpan<i64>(src, n, state, false, false);
    case 8: return extremeSpan<u64>(src, n, state, false, false);
    case 9: return extremeSpan<i16>(src, n, state, false, true);
    case 10: return extremeSpan<f32>(src, n, state, false, false);
    case 11: return extremeSpan<f64>(src, n, state, false, false);
    case 12: case 14: return extremeSpan<u8>(src, n, state, true, false);
    case 13: return extremeSpan<i8>(src, n, state, true, false);
    case 15: return extremeSpan<i16>(src, n, state, true, false);
    case 16: return extremeSpan<u16>(src, n, state, true, false);
    case 17: return extremeSpan<i32>(src, n, state, true, false);
    case 18: return extremeSpan<u32>(src, n, state, true, false);
    case 19: return extremeSpan<i64>(src, n, state, true, false);
    case 20: return extremeSpan<u64>(src, n, state, true, false);
    case 21: return extremeSpan<i16>(src, n, state, true, true);
    case 22: return extremeSpan<f32>(src, n, state, true, false);
    default: return extremeSpan<f64>(src, n, state, true, false);
  }
}

function extremeRows(op: i32, src: usize, n: usize, state: usize): void {
  switch (op) {
    case 0: case 2: return extremeColumns<u8>(src, n, state, false, false);
    case 1: return extremeColumns<i8>(src, n, state, false, false);
    case 3: return extremeColumns<i16>(src, n, state, false, false);
    case 4: return extremeColumns<u16>(src, n, state, false, false);
    case 5: return extremeColumns<i32>(src, n, state, false, false);
    case 6: return extremeColumns<u32>(src, n, state, false, false);
    case 7: return extremeColumns<i64>(src, n, state, false, false);
    case 8: return extremeColumns<u64>(src, n, state, false, false);
    case 9: return extremeColumns<i16>(src, n, state, false, true);
    case 10: return extremeColumns<f32>(src, n, state, false, false);
    case 11: return extremeColumns<f64>(src, n, state, false, false);
    case 12: case 14: return extremeColumns<u8>(src, n, state, true, false);
    case 13: return extremeColumns<i8>(src, n, state, true, false);
    case 15: return extremeColumns<i16>(src, n, state, true, false);
    case 16: return extremeColumns<u16>(src, n, state, true, false);
    case 17: return extremeColumns<i32>(src, n, state, true, false);
    case 18: return extremeColumns<u32>(src, n, state, true, false);
    case 19: return extremeColumns<i64>(src, n, state, true, false);
    case 20: return extremeColumns<u64>(src, n, state, true, false);
    case 21: return extremeColumns<i16>(src, n, state, true, true);
    case 22: return extremeColumns<f32>(src, n, state, true, false);
    default: return extremeColumns<f64>(src, n, state, true, false);
  }
}

function plainRows(op: i32, src: usize, rows: usize, pitch: usize, n: usize, state: usize): usize {
  switch (op) {
    case 10: return plainColumns<f32>(src, rows, pitch, n, state, false);
    case 11: return plainColumns<f64>(src, rows, pitch, n, state, false);
    case 22: return plainColumns<f32>(src, rows, pitch, n, state, true);
    default: return plainColumns<f64>(src, rows, pitch, n, state, true);
  }
}

/** Takes a block into extremes, one item each. For float16 the state holds keys: merge those as int16. */
export function reduceExtreme(
  isMax: bool, dtype: i32, src: usize, outer: usize, reduced: usize, inner: usize, state: usize,
): void {
  const op = dtype + (isMax ? 12 : 0);
  const item = itemBytes(dtype);
  const wide: usize = 8192 / item;
  for (let o: usize = 0; o < outer; o++) {
    const from = src + o * reduced * inner * item;
    if (inner == 1) {
      extremeRow(op, from, reduced, state + o * item);
      continue;
    }
    let first: usize = 0;
    if (dtype == FLOAT32 || dtype == FLOAT64) {
      first = plainRows(op, from, reduced, inner * item, inner, state + o * inner * item);
    }
    for (let i = first; i < inner; i += wide) {
      const n = min<usize>(wide, inner - i);
      for (let r: usize = 0; r < reduced; r++) {
        extremeRows(op, from + (r * inner + i) * item, n, state + (o * inner + i) * item);
      }
    }
  }
}

/** Smallest and largest of n floats as float64, NaN left out. */
export function reduceFiniteRange(dtype: i32, src: usize, n: usize, out: usize): void {
  if (dtype == FLOAT64) finiteRange<f64>(src, n, out);
  else finiteRange<f32>(src, n, out);
}

/** Gives every NaN of n floats the same bits: wasm's own operations leave open which those are. */
export function reduceSameNaN(dtype: i32, at: usize, n: usize): void {
  if (dtype == FLOAT64) sameNaN<f64>(at, n);
  else sameNaN<f32>(at, n);
}

/** Moves the carries of n numbers up. */
export function reduceNormalize(state: usize, n: usize, stride: usize, digits: usize): void {
  for (let i: usize = 0; i < n; i++) normalizeDigits(state + i * stride, digits);
}

/** into += from, n records of `digits` digits in all, and flags behind them where `flagged`. */
export function reduceMerge(into: usize, from: usize, n: usize, stride: usize, digits: usize, flagged: bool): void {
  for (let i: usize = 0; i < n; i++) {
    const a = into + i * stride;
    const b = from + i * stride;
    for (let k: usize = 0; k < digits << 3; k += 8) store<i64>(a + k, load<i64>(a + k) + load<i64>(b + k));
    if (flagged) store<u64>(a + (digits << 3), load<u64>(a + (digits << 3)) | load<u64>(b + (digits << 3)));
  }
}

/** First and last word, as first * 256 + last, that n normalised numbers need; a higher word repeats the sign. */
export function reduceWords(state: usize, n: usize, stride: usize, digits: usize): u32 {
  let first = digits;
  let last: usize = 0;
  for (let i: usize = 0; i < n; i++) {
    const at = state + i * stride;
    let k: usize = 0;
    while (k < first && wordOf(at, digits, k) == 0) k++;
    first = k;
    const sign = <u32>(<i32>wordOf(at, digits, digits) >> 31);
    k = digits;
    while (k > last && wordOf(at, digits, k) == sign && <i32>(wordOf(at, digits, k - 1) ^ sign) >= 0) k--;
    if (k > last) last = k;
  }
  return <u32>((min(first, last) << 8) | last);
}

/** Writes the words first .. last of n normalised numbers to dst. */
export function reducePack(
  state: usize, n: usize, stride: usize, digits: usize, first: usize, last: usize, dst: usize,
): void {
  let to = dst;
  for (let i: usize = 0; i < n; i++) {
    for (let k = first; k <= last; k++, to += 4) store<u32>(to, wordOf(state + i * stride, digits, k));
  }
}

/** Reads what reducePack wrote. */
export function reduceUnpack(
  src: usize, n: usize, stride: usize, digits: usize, first: usize, last: usize, state: usize,
): void {
  const count = last - first + 1;
  for (let i: usize = 0; i < n; i++) {
    const from = src + i * count * 4;
    const at = state + i * stride;
    const sign = <u32>(<i32>load<u32>(from + ((count - 1) << 2)) >> 31);
    for (let k: usize = 0; k <= digits; k++) {
      const w: u32 = k < first ? 0 : k > last ? sign : load<u32>(from + ((k - first) << 2));
      if (k < digits) store<u64>(at + (k << 3), w);
      else store<u32>(at + ((digits - 1) << 3), w, 4);
    }
  }
}

/** The low 64 bits of n integer sums. */
export function reduceFinishIntegers(state: usize, n: usize, stride: usize, digits: usize, out: usize): void {
  finishIntegers(state, n, stride, digits, out);
}

/** op: 0 sum, 1 mean, 2 variance, 3 standard deviation; see finishFloats. Counts come as float64, whole. */
export function reduceFinishFloats(
  op: i32, state: usize, n: usize, stride: usize, digits: usize, squareDigits: usize, unit: i32, floats: bool,
  count: f64, divisor: f64, counts: usize, ddof: i32, bytes: usize, out: usize,
): void {
  const c = <u64>count;
  const d = <u64>divisor;
  finishFloats(op, state, n, stride, digits, squareDigits, unit, floats, c, d, counts, ddof, bytes, out);
}
