// Weighted sums of rows, or of elements at fixed distances: what every pass of a separable filter consists of. Whole
// vectors are computed, tails in a vector of their own, so each element gets the same operations wherever it lies.
import { canonical } from "./lanes";

let weights: usize;
let radius: usize;
let taps: usize;
let before: usize;
let divisor: f64;
let final: bool;

/**
 * Sets the filter that the sums below use. Symmetric weights are of distance 0 to the radius, others of all `_taps` from
 * `_before` elements ahead. Sums are divided by the divisor; `_final` makes NaNs canonical.
 */
export function useFilter(
  _weights: usize,
  _radius: usize,
  _taps: usize,
  _before: usize,
  _divisor: f64,
  _final: bool,
): void {
  weights = _weights;
  radius = _radius;
  taps = _taps;
  before = _before;
  divisor = _divisor;
  final = _final;
}

const last = memory.data(16, 16);

/**
 * `bytes` of output; the element at distance k lies k * step bytes away. `A` is what is computed in; `P` is u32 for
 * symmetric weights, i32 for antisymmetric ones, u8 for any.
 */
export function accumulate<A, P>(dst: usize, src: usize, step: usize, bytes: usize): void {
  if (sizeof<P>() == 1) accumulateAny<A>(dst, src - before * step, step, bytes);
  else accumulatePairs<A, P>(dst, src, step, bytes);
}

function accumulatePairs<A, P>(dst: usize, src: usize, step: usize, bytes: usize): void {
  const first = weights;
  const end = first + radius * sizeof<A>();
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    const centre = src + at;
    let w = v128.load_splat<A>(first);
    let a = v128.mul<A>(w, v128.load(centre));
    let b = v128.mul<A>(w, v128.load(centre, 16));
    let c = v128.mul<A>(w, v128.load(centre, 32));
    let d = v128.mul<A>(w, v128.load(centre, 48));
    let low = centre;
    let high = centre;
    for (let k = first; k < end; ) {
      k += sizeof<A>();
      low -= step;
      high += step;
      w = v128.load_splat<A>(k);
      a = v128.add<A>(a, v128.mul<A>(w, fold<A, P>(v128.load(low), v128.load(high))));
      b = v128.add<A>(b, v128.mul<A>(w, fold<A, P>(v128.load(low, 16), v128.load(high, 16))));
      c = v128.add<A>(c, v128.mul<A>(w, fold<A, P>(v128.load(low, 32), v128.load(high, 32))));
      d = v128.add<A>(d, v128.mul<A>(w, fold<A, P>(v128.load(low, 48), v128.load(high, 48))));
    }
    store4<A>(dst + at, a, b, c, d);
  }
  for (; at < bytes; at += 16) {
    let a = v128.mul<A>(v128.load_splat<A>(first), v128.load(src + at));
    let low = src + at;
    let high = low;
    for (let k = first; k < end; ) {
      k += sizeof<A>();
      low -= step;
      high += step;
      a = v128.add<A>(a, v128.mul<A>(v128.load_splat<A>(k), fold<A, P>(v128.load(low), v128.load(high))));
    }
    storeSome<A>(dst + at, a, bytes - at);
  }
}

/** All taps from the lowest up; `src` is the first tap of the first element. */
function accumulateAny<A>(dst: usize, src: usize, step: usize, bytes: usize): void {
  const first = weights;
  const end = first + taps * sizeof<A>();
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    let row = src + at;
    let w = v128.load_splat<A>(first);
    let a = v128.mul<A>(w, v128.load(row));
    let b = v128.mul<A>(w, v128.load(row, 16));
    let c = v128.mul<A>(w, v128.load(row, 32));
    let d = v128.mul<A>(w, v128.load(row, 48));
    for (let k = first + sizeof<A>(); k < end; k += sizeof<A>()) {
      row += step;
      w = v128.load_splat<A>(k);
      a = v128.add<A>(a, v128.mul<A>(w, v128.load(row)));
      b = v128.add<A>(b, v128.mul<A>(w, v128.load(row, 16)));
      c = v128.add<A>(c, v128.mul<A>(w, v128.load(row, 32)));
      d = v128.add<A>(d, v128.mul<A>(w, v128.load(row, 48)));
    }
    store4<A>(dst + at, a, b, c, d);
  }
  for (; at < bytes; at += 16) {
    let row = src + at;
    let a = v128.mul<A>(v128.load_splat<A>(first), v128.load(row));
    for (let k = first + sizeof<A>(); k < end; k += sizeof<A>()) {
      row += step;
      a = v128.add<A>(a, v128.mul<A>(v128.load_splat<A>(k), v128.load(row)));
    }
    storeSome<A>(dst + at, a, bytes - at);
  }
}

/**
 * The sum of whole rows: `rows` holds the address of each tap's row (u32), the lowest first. Computes the bytes [from, to) of
 * each, rounded up to 64: rows and output have room for that.
 */
export function accumulateRows<A, P>(dst: usize, rows: usize, from: usize, to: usize): void {
  for (let at = from; at < to; at += 64) {
    if (sizeof<P>() == 1) sumOfRows<A>(dst + at, rows, at);
    else sumOfPairs<A, P>(dst + at, rows, at);
  }
}

function sumOfPairs<A, P>(dst: usize, rows: usize, at: usize): void {
  let k = weights;
  const end = k + radius * sizeof<A>();
  let low = rows + radius * 4;
  let high = low;
  let w = v128.load_splat<A>(k);
  let row = <usize>load<u32>(low) + at;
  let a = v128.mul<A>(w, v128.load(row));
  let b = v128.mul<A>(w, v128.load(row, 16));
  let c = v128.mul<A>(w, v128.load(row, 32));
  let d = v128.mul<A>(w, v128.load(row, 48));
  while (k < end) {
    k += sizeof<A>();
    low -= 4;
    high += 4;
    row = <usize>load<u32>(low) + at;
    const other = <usize>load<u32>(high) + at;
    w = v128.load_splat<A>(k);
    a = v128.add<A>(a, v128.mul<A>(w, fold<A, P>(v128.load(row), v128.load(other))));
    b = v128.add<A>(b, v128.mul<A>(w, fold<A, P>(v128.load(row, 16), v128.load(other, 16))));
    c = v128.add<A>(c, v128.mul<A>(w, fold<A, P>(v128.load(row, 32), v128.load(other, 32))));
    d = v128.add<A>(d, v128.mul<A>(w, fold<A, P>(v128.load(row, 48), v128.load(other, 48))));
  }
  store4<A>(dst, a, b, c, d);
}

function sumOfRows<A>(dst: usize, rows: usize, at: usize): void {
  const end = weights + taps * sizeof<A>();
  let tap = rows;
  let row = <usize>load<u32>(tap) + at;
  let w = v128.load_splat<A>(weights);
  let a = v128.mul<A>(w, v128.load(row));
  let b = v128.mul<A>(w, v128.load(row, 16));
  let c = v128.mul<A>(w, v128.load(row, 32));
  let d = v128.mul<A>(w, v128.load(row, 48));
  for (let k = weights + sizeof<A>(); k < end; k += sizeof<A>()) {
    tap += 4;
    row = <usize>load<u32>(tap) + at;
    w = v128.load_splat<A>(k);
    a = v128.add<A>(a, v128.mul<A>(w, v128.load(row)));
    b = v128.add<A>(b, v128.mul<A>(w, v128.load(row, 16)));
    c = v128.add<A>(c, v128.mul<A>(w, v128.load(row, 32)));
    d = v128.add<A>(d, v128.mul<A>(w, v128.load(row, 48)));
  }
  store4<A>(dst, a, b, c, d);
}

function store4<A>(dst: usize, a: v128, b: v128, c: v128, d: v128): void {
  if (divisor != 1) {
    const by = v128.splat<A>(<A>divisor);
    a = v128.div<A>(a, by);
    b = v128.div<A>(b, by);
    c = v128.div<A>(c, by);
    d = v128.div<A>(d, by);
  }
  if (final) {
    a = canonical<A>(a);
    b = canonical<A>(b);
    c = canonical<A>(c);
    d = canonical<A>(d);
  }
  v128.store(dst, a);
  v128.store(dst, b, 16);
  v128.store(dst, c, 32);
  v128.store(dst, d, 48);
}

function storeSome<A>(dst: usize, a: v128, bytes: usize): void {
  if (divisor != 1) a = v128.div<A>(a, v128.splat<A>(<A>divisor));
  if (final) a = canonical<A>(a);
  if (bytes >= 16) {
    v128.store(dst, a);
    return;
  }
  v128.store(last, a);
  for (let i: usize = 0; i < bytes; i += sizeof<A>()) store<A>(dst + i, load<A>(last + i));
}

function fold<A, P>(low: v128, high: v128): v128 {
  return isSigned<P>() ? v128.sub<A>(high, low) : v128.add<A>(low, high);
}
