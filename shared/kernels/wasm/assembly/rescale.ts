// Linear rescaling from one range of values to another, strip by strip: cast to what is computed in, rescale, cast.
import { cast } from "./cast";
import { F16, F32, F64, sizeOfDType } from "./dtypes";
import { canonical } from "./lanes";

const STRIP: usize = 1024;
const strip = memory.data(8192, 16);

/**
 * ((clip(x, inLow, inHigh) - inLow) / (inHigh - inLow)) * (outHigh - outLow) + outLow in double precision, or float32 where
 * not `double`; a clip to both ranges where inLow is inHigh. The order of operations is scikit-image's.
 */
export function rescale(
  from: i32,
  to: i32,
  src: usize,
  dst: usize,
  n: usize,
  double: bool,
  inLow: f64,
  inHigh: f64,
  outLow: f64,
  outHigh: f64,
): void {
  const fromSize = sizeOfDType(from);
  const toSize = sizeOfDType(to);
  const compute = double ? F64 : F32;
  for (let i: usize = 0; i < n; i += STRIP) {
    const count = min(STRIP, n - i);
    cast(from, compute, src + i * fromSize, strip, count);
    if (double) rescaleStrip<f64>(count, inLow, inHigh, outLow, outHigh);
    else rescaleStrip<f32>(count, inLow, inHigh, outLow, outHigh);
    cast(compute, to, strip, dst + i * toSize, count);
  }
}

/** Whole vectors: what lies in the strip beyond `count` is rescaled too, and not used. */
function rescaleStrip<A>(count: usize, inLow: f64, inHigh: f64, outLow: f64, outHigh: f64): void {
  const low = v128.splat<A>(<A>inLow);
  const high = v128.splat<A>(<A>inHigh);
  const least = v128.splat<A>(<A>outLow);
  const end = strip + count * sizeof<A>();
  if (inLow == inHigh) {
    const most = v128.splat<A>(<A>outHigh);
    for (let at = strip; at < end; at += 16) {
      const x = v128.min<A>(v128.max<A>(v128.load(at), low), high);
      v128.store(at, canonical<A>(v128.min<A>(v128.max<A>(x, least), most)));
    }
    return;
  }
  const inSpan = v128.splat<A>(<A>(inHigh - inLow));
  const outSpan = v128.splat<A>(<A>(outHigh - outLow));
  for (let at = strip; at < end; at += 16) {
    let x = v128.load(at);
    x = v128.bitselect(low, x, v128.lt<A>(x, low));
    x = v128.bitselect(high, x, v128.gt<A>(x, high));
    x = v128.div<A>(v128.sub<A>(x, low), inSpan);
    v128.store(at, canonical<A>(v128.add<A>(v128.mul<A>(x, outSpan), least)));
  }
}

const found = memory.data(16, 16);

/** Where the smallest and the largest of n > 0 elements lie, as two doubles; NaN where there is one. */
export function extremes(dtype: i32, src: usize, n: usize): usize {
  const size = sizeOfDType(dtype);
  store<f64>(found, Infinity);
  store<f64>(found, -Infinity, 8);
  // float32 holds these dtypes' values exactly.
  const narrow = size <= 2 || dtype == F32;
  for (let i: usize = 0; i < n; i += STRIP) {
    const count = min(STRIP, n - i);
    cast(dtype, narrow ? F32 : F64, src + i * size, strip, count);
    if (narrow) extremesOfStrip<f32>(count);
    else extremesOfStrip<f64>(count);
  }
  return found;
}

function extremesOfStrip<A>(count: usize): void {
  const first = load<A>(strip);
  // Fill up the last vector with an element that is there.
  for (let i = count; (i * sizeof<A>()) & 15; i++) store<A>(strip + i * sizeof<A>(), first);
  const end = strip + count * sizeof<A>();
  let low = v128.load_splat<A>(strip);
  let high = low;
  let same = v128.eq<A>(low, low);
  for (let at = strip; at < end; at += 16) {
    const x = v128.load(at);
    low = v128.pmin<A>(low, x);
    high = v128.pmax<A>(high, x);
    same = v128.and(same, v128.eq<A>(x, x));
  }
  const ordered = i8x16.all_true(same);
  v128.store(strip, low);
  v128.store(strip, high, 16);
  for (let i: usize = 0; i < 16; i += sizeof<A>()) {
    store<f64>(found, ordered ? min(load<f64>(found), <f64>load<A>(strip + i)) : NaN);
    store<f64>(found, ordered ? max(load<f64>(found, 8), <f64>load<A>(strip + i, 16)) : NaN, 8);
  }
}
