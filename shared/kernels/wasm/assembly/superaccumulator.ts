// Exact sums of floats. A number's digits begin at the format's smallest subnormal: 2^-24 for float16, 2^-149 for
// float32, 2^-1074 for float64; those of a sum of squares at twice that exponent. The word after the digits holds
// flags for what isn't finite. Long spans of float16 and float32 first gather in one bin per sign and exponent
// (Neal's large superaccumulator): no branch, no carry, and few additions to the digits.
import { addShifted, addShifted2, MASK } from "./reduce-digits";

export const PLUS_INFINITY: u64 = 1;
export const MINUS_INFINITY: u64 = 2;
export const NOT_A_NUMBER: u64 = 4;

const BIN_SPAN: usize = 1 << 15;
const BIN_COUNT: usize = 512;
const LANES: usize = 4;
const ONE: u64 = 1 << 40;
// sums of mantissas with their count above bit 40, then sums of squared mantissas; four lanes, so that neighbours of
// equal exponent don't wait for each other's store
const bins = memory.data(4 * 512 * 8 * 2, 16);
const SQUARES: usize = 4 * 512 * 8;

@inline
function exponentBits<T>(): u32 {
  return sizeof<T>() == 2 ? 5 : sizeof<T>() == 4 ? 8 : 11;
}

@inline
function mantissaBits<T>(): u32 {
  return sizeof<T>() == 2 ? 10 : sizeof<T>() == 4 ? 23 : 52;
}

@inline
function raise(flags: usize, flag: u64): void {
  store<u64>(flags, load<u64>(flags) | flag);
}

/** Adds an element, given as its bits; its square too where `squares` isn't 0. */
@inline
function addBits<T>(b: u64, sum: usize, squares: usize, flags: usize): void {
  const top: u64 = (1 << exponentBits<T>()) - 1;
  const e = (b >> mantissaBits<T>()) & top;
  let m = b & ((<u64>1 << mantissaBits<T>()) - 1);
  const negative = b >> (sizeof<T>() * 8 - 1);
  if (e == top) {
    raise(flags, m != 0 ? NOT_A_NUMBER : negative ? MINUS_INFINITY : PLUS_INFINITY);
    return;
  }
  m |= <u64>(e != 0) << mantissaBits<T>();
  const p = <usize>(e - <u64>(e != 0));
  if (sizeof<T>() == 8) addShifted(sum, p, m, 0 - <i64>negative);
  else addShifted2(sum, p, m, 0 - <i64>negative);
  if (!squares) return;
  if (sizeof<T>() == 2) {
    addShifted2(squares, 2 * p, m * m, 0);
  } else if (sizeof<T>() == 4) {
    addShifted(squares, 2 * p, m * m, 0);
  } else {
    // 106 bits as two halves of 64: wasm has no wide product
    const l = m & MASK;
    const h = m >> 32;
    const ll = l * l;
    const lh = l * h;
    const low = ll + (lh << 33);
    const high = h * h + (lh >> 31) + <u64>(low < ll);
    addShifted(squares, 2 * p, low, 0);
    addShifted(squares, 2 * p + 64, high, 0);
  }
}

@inline
function bitsAt<T>(at: usize): u64 {
  return sizeof<T>() == 2 ? <u64>load<u16>(at) : sizeof<T>() == 4 ? <u64>load<u32>(at) : load<u64>(at);
}

/** Adds n contiguous elements to one number; `squares` may be 0. */
export function floatSpan<T>(src: usize, n: usize, sum: usize, squares: usize, flags: usize): void {
  let i: usize = 0;
  if (sizeof<T>() < 8) {
    while (n - i >= 1024) {
      const count = min<usize>((n - i) & ~3, BIN_SPAN);
      if (squares) fillBins<T>(src + i * sizeof<T>(), count, true);
      else fillBins<T>(src + i * sizeof<T>(), count, false);
      emptyBins<T>(sum, squares, flags);
      i += count;
    }
  }
  for (; i < n; i++) addBits<T>(bitsAt<T>(src + i * sizeof<T>()), sum, squares, flags);
}

/** Adds n elements to n numbers, `stride` bytes apart. */
export function floatColumns<T>(src: usize, n: usize, sum: usize, squares: usize, flags: usize, stride: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const at = i * stride;
    addBits<T>(bitsAt<T>(src + i * sizeof<T>()), sum + at, squares ? squares + at : 0, flags + at);
  }
}

@inline
function intoBin<T>(at: usize, lane: usize, squares: bool): void {
  const b = bitsAt<T>(at);
  const m = b & ((1 << mantissaBits<T>()) - 1);
  const bin = bins + lane * BIN_COUNT * 8 + (<usize>(b >> mantissaBits<T>()) << 3);
  store<u64>(bin, load<u64>(bin) + (ONE | m));
  if (squares) store<u64>(bin + SQUARES, load<u64>(bin + SQUARES) + m * m);
}

@inline
function fillBins<T>(src: usize, n: usize, squares: bool): void {
  for (let i: usize = 0; i < n; i += 4) {
    const at = src + i * sizeof<T>();
    intoBin<T>(at, 0, squares);
    intoBin<T>(at + sizeof<T>(), 1, squares);
    intoBin<T>(at + 2 * sizeof<T>(), 2, squares);
    intoBin<T>(at + 3 * sizeof<T>(), 3, squares);
  }
}

@inline
function takeLanes(at: usize): u64 {
  let sum: u64 = 0;
  for (let lane: usize = 0; lane < LANES; lane++) {
    sum += load<u64>(at + lane * BIN_COUNT * 8);
    store<u64>(at + lane * BIN_COUNT * 8, 0);
  }
  return sum;
}

function emptyBins<T>(sum: usize, squares: usize, flags: usize): void {
  const top: usize = (1 << exponentBits<T>()) - 1;
  const hidden: u64 = <u64>1 << mantissaBits<T>();
  for (let bin: usize = 0; bin < 2 * top + 2; bin++) {
    const taken = takeLanes(bins + (bin << 3));
    if (!taken) continue;
    const squared = squares ? takeLanes(bins + (bin << 3) + SQUARES) : 0;
    const n = taken >> 40;
    const m = taken & (ONE - 1);
    const e = bin & top;
    const negative = bin > top;
    if (e == top) {
      raise(flags, m != 0 ? NOT_A_NUMBER : negative ? MINUS_INFINITY : PLUS_INFINITY);
      continue;
    }
    const p = e - <usize>(e != 0);
    addShifted(sum, p, e ? m + n * hidden : m, negative ? -1 : 0);
    // the sum of (hidden + m)^2, from the sums of 1, m and m^2: under 2^63, as a span is at most 2^15
    if (squares) addShifted(squares, 2 * p, e ? n * hidden * hidden + 2 * hidden * m + squared : squared, 0);
  }
}
