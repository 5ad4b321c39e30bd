// Over any set of taps in an extended block of floats, each with a weight: the sum of products, or the least of sums.
import { canonical } from "./lanes";

const tail = memory.data(16, 16);

/**
 * For each of `rows` rows of `n` elements, whose first element lies at base + starts[row] (u32 bytes) in an extended
 * block: the sum of weight * element over the elements at `taps` (i32 bytes) from each, or where `least` the least of
 * weight + element, NaNs left out. `weights` are of the elements' dtype. Reads up to 64 bytes beyond the last.
 */
export function weightedTaps(
  double: bool,
  least: bool,
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  weights: usize,
  count: usize,
  dst: usize,
): void {
  if (double) {
    if (least) eachRow<f64, u8>(base, starts, rows, n, taps, weights, count, dst);
    else eachRow<f64, u32>(base, starts, rows, n, taps, weights, count, dst);
  } else {
    if (least) eachRow<f32, u8>(base, starts, rows, n, taps, weights, count, dst);
    else eachRow<f32, u32>(base, starts, rows, n, taps, weights, count, dst);
  }
}

/** `O` is u8 for the least sum, u32 for the sum of products. */
function eachRow<A, O>(
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  weights: usize,
  count: usize,
  dst: usize,
): void {
  const bytes = n * sizeof<A>();
  for (let r: usize = 0; r < rows; r++) {
    const row = base + <usize>load<u32>(starts + r * 4);
    const to = dst + r * bytes;
    let at: usize = 0;
    for (; at + 64 <= bytes; at += 64) {
      let a = first<A, O>();
      let b = a;
      let c = a;
      let d = a;
      for (let k: usize = 0; k < count; k++) {
        const from = row + at + <usize>load<i32>(taps + k * 4);
        const w = v128.load_splat<A>(weights + k * sizeof<A>());
        a = next<A, O>(a, w, v128.load(from));
        b = next<A, O>(b, w, v128.load(from, 16));
        c = next<A, O>(c, w, v128.load(from, 32));
        d = next<A, O>(d, w, v128.load(from, 48));
      }
      v128.store(to + at, canonical<A>(a));
      v128.store(to + at, canonical<A>(b), 16);
      v128.store(to + at, canonical<A>(c), 32);
      v128.store(to + at, canonical<A>(d), 48);
    }
    for (; at < bytes; at += 16) {
      let a = first<A, O>();
      for (let k: usize = 0; k < count; k++) {
        const from = row + at + <usize>load<i32>(taps + k * 4);
        a = next<A, O>(a, v128.load_splat<A>(weights + k * sizeof<A>()), v128.load(from));
      }
      a = canonical<A>(a);
      if (at + 16 <= bytes) v128.store(to + at, a);
      else {
        v128.store(tail, a);
        memory.copy(to + at, tail, bytes - at);
      }
    }
  }
}

function first<A, O>(): v128 {
  return sizeof<O>() == 1 ? v128.splat<A>(<A>Infinity) : v128.splat<A>(0);
}

function next<A, O>(so: v128, w: v128, x: v128): v128 {
  if (sizeof<O>() == 1) return v128.pmin<A>(so, v128.add<A>(x, w));
  return v128.add<A>(so, v128.mul<A>(w, x));
}
