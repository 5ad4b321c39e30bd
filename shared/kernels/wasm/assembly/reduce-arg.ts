// Positions of extremes: of each output a record of 16 bytes, the value (float64 for floats, else 64 bits of its own
// sign) and its index among the reduced elements, -1 where nothing was taken. The first of equal values wins
// whatever the order in which they come, and so does the first NaN, as in numpy, unless NaN is skipped.
import { halfToDouble } from "./reduce-half";

/** Takes (value, index) into a record: V is f64, i64 or u64. */
@inline
function takeValue<V>(at: usize, value: V, index: i64, isMax: bool, skip: bool): void {
  const held = load<i64>(at, 8);
  if (isFloat<V>()) {
    if (value != value) {
      if (skip) return;
      const other = load<f64>(at);
      if (held < 0 || other == other || index < held) set<V>(at, value, index);
      return;
    }
  }
  if (held < 0) return set<V>(at, value, index);
  const best = load<V>(at);
  if (isMax ? value > best : value < best) set<V>(at, value, index);
  else if (value == best && index < held) store<i64>(at, index, 8);
}

@inline
function set<V>(at: usize, value: V, index: i64): void {
  store<V>(at, value);
  store<i64>(at, index, 8);
}

@inline
function valueAt<T, V>(at: usize, half: bool): V {
  return half ? <V>halfToDouble(load<u16>(at)) : <V>load<T>(at);
}

/** Takes n contiguous elements, the first of which has the index `first`, into one record. */
@inline
export function argSpan<T, V>(src: usize, n: usize, at: usize, first: i64, isMax: bool, skip: bool, half: bool): void {
  let i: usize = 0;
  while (i < n) {
    takeValue<V>(at, valueAt<T, V>(src + i * sizeof<T>(), half), first + <i64>i, isMax, skip);
    i++;
    // what is neither better nor a NaN is passed over without looking at the record
    const best = load<V>(at);
    if (isMax) {
      while (i < n && valueAt<T, V>(src + i * sizeof<T>(), half) < best) i++;
    } else {
      while (i < n && valueAt<T, V>(src + i * sizeof<T>(), half) > best) i++;
    }
  }
}

/** Takes n elements of one index into n records. */
@inline
export function argColumns<T, V>(src: usize, n: usize, at: usize, index: i64, isMax: bool, skip: bool, half: bool): void {
  for (let i: usize = 0; i < n; i++) {
    takeValue<V>(at + (i << 4), valueAt<T, V>(src + i * sizeof<T>(), half), index, isMax, skip);
  }
}

/** Takes n records into n others. */
@inline
export function argMerge<V>(from: usize, n: usize, into: usize, isMax: bool, skip: bool): void {
  for (let i: usize = 0; i < n << 4; i += 16) {
    const index = load<i64>(from + i, 8);
    if (index >= 0) takeValue<V>(into + i, load<V>(from + i), index, isMax, skip);
  }
}
