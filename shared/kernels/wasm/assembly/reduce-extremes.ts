// Minimum and maximum in the element's own type. NaN spreads, as in numpy: wasm's float min and max do so by
// themselves. float16 is compared as a 16-bit key of the same order, a NaN's beyond all others.

import { canonical } from "./lanes";

/** Key of a float16: ascending with the value as a signed integer. NaN: 32767 for max, -32768 for min. */
@inline
function halfKey(b: i32, isMax: bool): i16 {
  if ((b & 0x7fff) > 0x7c00) return isMax ? 0x7fff : -0x8000;
  return <i16>(<i32>(<i16>b) < 0 ? b ^ 0x7fff : b);
}

@inline
function halfKeys(v: v128, isMax: bool): v128 {
  const magnitude = i16x8.splat(0x7fff);
  const nan = i16x8.gt_s(v128.and(v, magnitude), i16x8.splat(0x7c00));
  const key = v128.xor(v, v128.and(i16x8.shr_s(v, 15), magnitude));
  return v128.bitselect(i16x8.splat(isMax ? 0x7fff : -0x8000), key, nan);
}

@inline
function better<T>(a: T, b: T, isMax: bool): T {
  return isMax ? max<T>(a, b) : min<T>(a, b);
}

@inline
function betterLanes<T>(a: v128, b: v128, isMax: bool): v128 {
  return isMax ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

/**
 * Float min and max of wasm are several instructions each, and wait for one another. Those that compare only take one: they leave out
 * NaN, and may give a zero of either sign. Where neither is met this is the extreme of the elements taken, else NaN or zero.
 */
@inline
function plainExtreme<T>(src: usize, n: usize, isMax: bool): T {
  const size = sizeof<T>();
  let a = v128.load(src);
  let b = v128.load(src, 16);
  let c = v128.load(src, 32);
  let d = v128.load(src, 48);
  let same = v128.and(
    v128.and(v128.eq<T>(a, a), v128.eq<T>(b, b)),
    v128.and(v128.eq<T>(c, c), v128.eq<T>(d, d)),
  );
  const end = src + n * size;
  for (let at = src + 64; at < end; at += 64) {
    const p = v128.load(at);
    const q = v128.load(at, 16);
    const r = v128.load(at, 32);
    const s = v128.load(at, 48);
    a = isMax ? v128.pmax<T>(a, p) : v128.pmin<T>(a, p);
    b = isMax ? v128.pmax<T>(b, q) : v128.pmin<T>(b, q);
    c = isMax ? v128.pmax<T>(c, r) : v128.pmin<T>(c, r);
    d = isMax ? v128.pmax<T>(d, s) : v128.pmin<T>(d, s);
    same = v128.and(same, v128.and(v128.eq<T>(p, p), v128.eq<T>(q, q)));
    same = v128.and(same, v128.and(v128.eq<T>(r, r), v128.eq<T>(s, s)));
  }
  if (!i8x16.all_true(same)) return <T>NaN;
  v128.store(laneBuffer, betterLanes<T>(betterLanes<T>(a, b, isMax), betterLanes<T>(c, d, isMax), isMax));
  let best = load<T>(laneBuffer);
  for (let k: usize = 1; k < 16 / size; k++) best = better<T>(best, load<T>(laneBuffer + k * size), isMax);
  return best;
}

/** Takes n contiguous elements into one extreme. `half`: the elements are float16, and T is i16, their keys. */
@inline
export function extremeSpan<T>(src: usize, n: usize, state: usize, isMax: bool, half: bool): void {
  let best = load<T>(state);
  let i: usize = 0;
  if (isFloat<T>()) {
    const whole = n & ~(64 / sizeof<T>() - 1);
    if (whole) {
      const plain = plainExtreme<T>(src, whole, isMax);
      // neither NaN nor a zero, whose sign may be the other one
      if (plain == plain && plain != 0) {
        best = better<T>(best, plain, isMax);
        i = whole;
      }
    }
  }
  if (sizeof<T>() < 8 || isFloat<T>()) {
    const lanes: usize = 16 / sizeof<T>();
    if (n - i >= 2 * lanes) {
      let a = v128.splat<T>(best);
      let b = a;
      for (; n - i >= 2 * lanes; i += 2 * lanes) {
        const v = v128.load(src + i * sizeof<T>());
        const w = v128.load(src + i * sizeof<T>(), 16);
        a = betterLanes<T>(a, half ? halfKeys(v, isMax) : v, isMax);
        b = betterLanes<T>(b, half ? halfKeys(w, isMax) : w, isMax);
      }
      v128.store(laneBuffer, betterLanes<T>(a, b, isMax));
      for (let k: usize = 0; k < lanes; k++) best = better<T>(best, load<T>(laneBuffer + k * sizeof<T>()), isMax);
    }
  }
  for (; i < n; i++) best = better<T>(best, elementAt<T>(src + i * sizeof<T>(), isMax, half), isMax);
  store<T>(state, best);
}

/** Takes n elements into n extremes. */
@inline
export function extremeColumns<T>(src: usize, n: usize, state: usize, isMax: bool, half: bool): void {
  let i: usize = 0;
  if (sizeof<T>() < 8 || isFloat<T>()) {
    const lanes: usize = 16 / sizeof<T>();
    for (; n - i >= lanes; i += lanes) {
      const v = v128.load(src + i * sizeof<T>());
      const at = state + i * sizeof<T>();
      v128.store(at, betterLanes<T>(v128.load(at), half ? halfKeys(v, isMax) : v, isMax));
    }
  }
  for (; i < n; i++) {
    const at = state + i * sizeof<T>();
    store<T>(at, better<T>(load<T>(at), elementAt<T>(src + i * sizeof<T>(), isMax, half), isMax));
  }
}

/** Bytes of extremes that are taken at once: they stay in the nearest cache, and rows are read in order. */
const PIECE: usize = 4096;

/**
 * Takes `rows` rows of floats, `pitch` bytes apart, into as many extremes as a row has elements: by plain comparisons, as above, and where
 * that met NaN, or zeros one of which is negative, once more by wasm's own, which finds the right one among the elements whatever was taken
 * before. Gives how many elements of a row it took: 64 bytes of them at a time.
 */
@inline
export function plainColumns<T>(src: usize, rows: usize, pitch: usize, n: usize, state: usize, isMax: bool): usize {
  const each: usize = 64 / sizeof<T>();
  const whole = n - (n % each);
  for (let i: usize = 0; i < whole; i += PIECE / sizeof<T>()) {
    const from = src + i * sizeof<T>();
    const at = state + i * sizeof<T>();
    const bytes = min<usize>(PIECE, (whole - i) * sizeof<T>());
    v128.store(seen, i8x16.splat(-1));
    v128.store(seen, i8x16.splat(-1), 16);
    // what was taken before counts as an element
    seeRow<T>(at, bytes);
    for (let r: usize = 0; r < rows; r++) plainRow<T>(from + r * pitch, bytes, at, isMax);
    const unordered = !i8x16.all_true(v128.load(seen));
    if (!unordered && !hasNegativeZero<T>(v128.load(seen, 16))) continue;
    for (let k: usize = 0; k < bytes; k += 64) {
      if (!unordered && !hasZero<T>(at + k)) continue;
      for (let r: usize = 0; r < rows; r++) extremeColumns<T>(from + r * pitch + k, each, at + k, isMax, false);
    }
  }
  return whole;
}

/** What rows held so far: lanes that are all ones unless one was NaN, and the least by their bits, of which -0 are the least there are. */
const seen = memory.data(32, 16);

/** The lesser by their bits as integers; of two doubles all ones where it isn't the bits of -0 that one has. */
@inline
function lesserBits<T>(a: v128, v: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.min_s(a, v);
  return v128.and(a, i64x2.ne(v, i64x2.splat(i64.MIN_VALUE)));
}

@inline
function hasNegativeZero<T>(bits: v128): bool {
  if (sizeof<T>() == 4) return v128.any_true(i32x4.eq(bits, i32x4.splat(i32.MIN_VALUE)));
  return !i8x16.all_true(bits);
}

/** Notes what special a row holds. */
@inline
function seeRow<T>(row: usize, bytes: usize): void {
  let same = v128.load(seen);
  let bits = v128.load(seen, 16);
  for (let k: usize = 0; k < bytes; k += 16) {
    const v = v128.load(row + k);
    same = v128.and(same, v128.eq<T>(v, v));
    bits = lesserBits<T>(bits, v);
  }
  v128.store(seen, same);
  v128.store(seen, bits, 16);
}

/** Takes a row into its extremes, and notes the same. */
@inline
function plainRow<T>(row: usize, bytes: usize, state: usize, isMax: bool): void {
  let same = v128.load(seen);
  let bits = v128.load(seen, 16);
  for (let k: usize = 0; k < bytes; k += 64) {
    const at = state + k;
    const p = v128.load(row + k);
    const q = v128.load(row + k, 16);
    const r = v128.load(row + k, 32);
    const s = v128.load(row + k, 48);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    v128.store(at, isMax ? v128.pmax<T>(a, p) : v128.pmin<T>(a, p));
    v128.store(at, isMax ? v128.pmax<T>(b, q) : v128.pmin<T>(b, q), 16);
    v128.store(at, isMax ? v128.pmax<T>(c, r) : v128.pmin<T>(c, r), 32);
    v128.store(at, isMax ? v128.pmax<T>(d, s) : v128.pmin<T>(d, s), 48);
    same = v128.and(same, v128.and(v128.eq<T>(p, p), v128.eq<T>(q, q)));
    same = v128.and(same, v128.and(v128.eq<T>(r, r), v128.eq<T>(s, s)));
    bits = lesserBits<T>(lesserBits<T>(bits, p), q);
    bits = lesserBits<T>(lesserBits<T>(bits, r), s);
  }
  v128.store(seen, same);
  v128.store(seen, bits, 16);
}

@inline
function hasZero<T>(at: usize): bool {
  const zero = v128.splat<T>(0);
  const low = v128.and(v128.ne<T>(v128.load(at), zero), v128.ne<T>(v128.load(at, 16), zero));
  const high = v128.and(v128.ne<T>(v128.load(at, 32), zero), v128.ne<T>(v128.load(at, 48), zero));
  return !i8x16.all_true(v128.and(low, high));
}

const laneBuffer = memory.data(16, 16);

@inline
function elementAt<T>(at: usize, isMax: bool, half: bool): T {
  return half ? <T>halfKey(<i32>load<u16>(at), isMax) : load<T>(at);
}

/** Smallest and largest of n float32 or float64, NaN left out; infinities the wrong way round when there is none. */
@inline
export function finiteRange<T>(src: usize, n: usize, out: usize): void {
  let low: T = <T>Infinity;
  let high: T = <T>-Infinity;
  const lanes: usize = 16 / sizeof<T>();
  let i: usize = 0;
  if (n >= lanes) {
    let a = v128.splat<T>(low);
    let b = v128.splat<T>(high);
    // pmin(a, v) is v < a ? v : a, which keeps a where v is NaN
    for (; n - i >= lanes; i += lanes) {
      const v = v128.load(src + i * sizeof<T>());
      a = v128.pmin<T>(a, v);
      b = v128.pmax<T>(b, v);
    }
    v128.store(laneBuffer, a);
    for (let k: usize = 0; k < lanes; k++) low = min<T>(low, load<T>(laneBuffer + k * sizeof<T>()));
    v128.store(laneBuffer, b);
    for (let k: usize = 0; k < lanes; k++) high = max<T>(high, load<T>(laneBuffer + k * sizeof<T>()));
  }
  for (; i < n; i++) {
    const x = load<T>(src + i * sizeof<T>());
    if (x < low) low = x;
    if (x > high) high = x;
  }
  store<f64>(out, <f64>low);
  store<f64>(out, <f64>high, 8);
}

/** Gives every NaN of n floats the bits that a host writes for one. */
@inline
export function sameNaN<T>(at: usize, n: usize): void {
  const lanes: usize = 16 / sizeof<T>();
  let i: usize = 0;
  for (; n - i >= lanes; i += lanes) {
    const p = at + i * sizeof<T>();
    v128.store(p, canonical<T>(v128.load(p)));
  }
  for (; i < n; i++) {
    const p = at + i * sizeof<T>();
    v128.store(laneBuffer, canonical<T>(v128.load_splat<T>(p)));
    store<T>(p, load<T>(laneBuffer));
  }
}
