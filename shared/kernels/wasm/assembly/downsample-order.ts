// Mode and median of windows. Any element becomes an i64 key of the same order, so that one sort serves all dtypes:
// -0 counts as 0, NaN as one value beyond all others.
import { evens, odds, rowAt } from "./downsample-lanes";
import { medianOf4, medianOf8, modeOf4, modeOf8 } from "./downsample-votes";
import { doubleToHalf, HALF_NAN, halfToDouble } from "./reduce-half";

const NAN_KEY: i64 = i64.MAX_VALUE;
const TOP: u64 = 0x8000000000000000;

/** float16 is told from uint16 by `half`. */
@inline
function keyAt<T>(at: usize, half: bool): i64 {
  if (half) {
    const b = <i64>load<i16>(at);
    if ((b & 0x7fff) > 0x7c00) return NAN_KEY;
    return (b & 0x7fff) == 0 ? 0 : b < 0 ? b ^ 0x7fff : b;
  }
  if (isFloat<T>()) {
    const v = load<T>(at);
    if (v != v) return NAN_KEY;
    if (v == 0) return 0;
    if (sizeof<T>() == 4) {
      const b = <i64>load<i32>(at);
      return b < 0 ? b ^ 0x7fffffff : b;
    }
    const b = load<i64>(at);
    return b < 0 ? b ^ 0x7fffffffffffffff : b;
  }
  if (sizeof<T>() == 8 && !isSigned<T>()) return <i64>(load<u64>(at) ^ TOP);
  return <i64>load<T>(at);
}

@inline
function storeKey<T>(at: usize, key: i64, half: bool): void {
  if (half) {
    store<u16>(at, key == NAN_KEY ? HALF_NAN : <u16>(key < 0 ? key ^ 0x7fff : key));
  } else if (isFloat<T>() && sizeof<T>() == 4) {
    store<u32>(at, key == NAN_KEY ? 0x7fc00000 : <u32>(key < 0 ? key ^ 0x7fffffff : key));
  } else if (isFloat<T>()) {
    store<i64>(at, key == NAN_KEY ? 0x7ff8000000000000 : key < 0 ? key ^ 0x7fffffffffffffff : key);
  } else if (sizeof<T>() == 8 && !isSigned<T>()) {
    store<u64>(at, <u64>key ^ TOP);
  } else {
    store<T>(at, <T>key);
  }
}

@inline
function valueOf<T>(key: i64, half: bool): f64 {
  if (half) return halfToDouble(<u32>((key < 0 ? key ^ 0x7fff : key) & 0xffff));
  if (sizeof<T>() == 4) return <f64>reinterpret<f32>(<u32>(key < 0 ? key ^ 0x7fffffff : key));
  return reinterpret<f64>(key < 0 ? key ^ 0x7fffffffffffffff : key);
}

@inline
function storeValue<T>(at: usize, v: f64, half: bool): void {
  if (half) store<u16>(at, doubleToHalf(v));
  else if (sizeof<T>() == 4) v != v ? store<u32>(at, 0x7fc00000) : store<f32>(at, <f32>v);
  else v != v ? store<u64>(at, 0x7ff8000000000000) : store<f64>(at, v);
}

function sort(keys: usize, n: usize): void {
  if (n > 64) return heapSort(keys, n);
  for (let i: usize = 1; i < n; i++) {
    const key = load<i64>(keys + (i << 3));
    let at = keys + (i << 3);
    while (at > keys && load<i64>(at - 8) > key) {
      store<i64>(at, load<i64>(at - 8));
      at -= 8;
    }
    store<i64>(at, key);
  }
}

function sink(keys: usize, root: usize, n: usize): void {
  const key = load<i64>(keys + (root << 3));
  let at = root;
  for (;;) {
    let child: usize = 2 * at + 1;
    if (child >= n) break;
    if (child + 1 < n && load<i64>(keys + (child << 3)) < load<i64>(keys + (child << 3), 8)) child++;
    if (load<i64>(keys + (child << 3)) <= key) break;
    store<i64>(keys + (at << 3), load<i64>(keys + (child << 3)));
    at = child;
  }
  store<i64>(keys + (at << 3), key);
}

function heapSort(keys: usize, n: usize): void {
  for (let root = n >> 1; root > 0; root--) sink(keys, root - 1, n);
  for (let last = n - 1; last > 0; last--) {
    const key = load<i64>(keys + (last << 3));
    store<i64>(keys + (last << 3), load<i64>(keys));
    store<i64>(keys, key);
    sink(keys, 0, last);
  }
}

@inline
function gather<T>(base: usize, factor: usize, offsets: usize, rows: usize, keys: usize, half: bool): usize {
  let to = keys;
  for (let k: usize = 0; k < rows; k++) {
    const row = base + rowAt(offsets, k);
    for (let j: usize = 0; j < factor; j++, to += 8) store<i64>(to, keyAt<T>(row + j * sizeof<T>(), half));
  }
  const n = (to - keys) >> 3;
  sort(keys, n);
  return n;
}

/** The key of the longest run, the first of equal ones: the smallest value. */
function longestRun(keys: usize, n: usize): i64 {
  let best = load<i64>(keys);
  let longest: usize = 0;
  let run: usize = 0;
  let previous = best;
  for (let i: usize = 0; i < n; i++) {
    const key = load<i64>(keys + (i << 3));
    run = key == previous ? run + 1 : 1;
    previous = key;
    if (run > longest) {
      longest = run;
      best = key;
    }
  }
  return best;
}

/** Writes one row of modes, ties to the smallest. S is T's signed twin. */
@inline
export function modeWindows<T, S>(
  base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, keys: usize, half: bool,
): void {
  let x: usize = 0;
  if (!isFloat<T>() && sizeof<T>() < 8) {
    if (!half && factor == 2 && (rows == 2 || rows == 4)) {
      const lanes: usize = 16 / sizeof<T>();
      const second = rowAt(offsets, 1);
      const third = rows == 4 ? rowAt(offsets, 2) : 0;
      const fourth = rows == 4 ? rowAt(offsets, 3) : 0;
      for (; width - x >= lanes; x += lanes) {
        const from = base + x * 2 * sizeof<T>();
        const a0 = v128.load(from);
        const a1 = v128.load(from, 16);
        const b0 = v128.load(from + second);
        const b1 = v128.load(from + second, 16);
        const a = evens<T>(a0, a1);
        const b = odds<T>(a0, a1);
        const c = evens<T>(b0, b1);
        const d = odds<T>(b0, b1);
        let v: v128;
        if (rows == 2) {
          v = modeOf4<T, S>(a, b, c, d);
        } else {
          const c0 = v128.load(from + third);
          const c1 = v128.load(from + third, 16);
          const d0 = v128.load(from + fourth);
          const d1 = v128.load(from + fourth, 16);
          const e = evens<T>(c0, c1);
          const f = odds<T>(c0, c1);
          v = modeOf8<T, S>(a, b, c, d, e, f, evens<T>(d0, d1), odds<T>(d0, d1));
        }
        v128.store(dst + x * sizeof<T>(), v);
      }
    }
  }
  for (; x < width; x++) {
    const n = gather<T>(base + x * factor * sizeof<T>(), factor, offsets, rows, keys, half);
    storeKey<T>(dst + x * sizeof<T>(), longestRun(keys, n), half);
  }
}

/** Writes one row of medians. Of an even count: the mean of the middle two, of integers rounded half to even. */
@inline
export function medianWindows<T>(
  base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, keys: usize, half: bool,
): void {
  let x: usize = 0;
  if (!isFloat<T>() && sizeof<T>() < 8) {
    if (!half && factor == 2 && (rows == 2 || rows == 4)) {
      const lanes: usize = 16 / sizeof<T>();
      const second = rowAt(offsets, 1);
      const third = rows == 4 ? rowAt(offsets, 2) : 0;
      const fourth = rows == 4 ? rowAt(offsets, 3) : 0;
      for (; width - x >= lanes; x += lanes) {
        const from = base + x * 2 * sizeof<T>();
        const a0 = v128.load(from);
        const a1 = v128.load(from, 16);
        const b0 = v128.load(from + second);
        const b1 = v128.load(from + second, 16);
        const a = evens<T>(a0, a1);
        const b = odds<T>(a0, a1);
        const c = evens<T>(b0, b1);
        const d = odds<T>(b0, b1);
        let v: v128;
        if (rows == 2) {
          v = medianOf4<T>(a, b, c, d);
        } else {
          const c0 = v128.load(from + third);
          const c1 = v128.load(from + third, 16);
          const d0 = v128.load(from + fourth);
          const d1 = v128.load(from + fourth, 16);
          v = medianOf8<T>(a, b, c, d, evens<T>(c0, c1), odds<T>(c0, c1), evens<T>(d0, d1), odds<T>(d0, d1));
        }
        v128.store(dst + x * sizeof<T>(), v);
      }
    }
  }
  for (; x < width; x++) {
    const to = dst + x * sizeof<T>();
    const n = gather<T>(base + x * factor * sizeof<T>(), factor, offsets, rows, keys, half);
    const upper = load<i64>(keys + ((n >> 1) << 3));
    if (half || isFloat<T>()) {
      if (load<i64>(keys + ((n - 1) << 3)) == NAN_KEY) storeKey<T>(to, NAN_KEY, half);
      else if (n & 1) storeKey<T>(to, upper, half);
      else {
        const lower = load<i64>(keys + (((n >> 1) - 1) << 3));
        storeValue<T>(to, (valueOf<T>(lower, half) + valueOf<T>(upper, half)) / 2, half);
      }
    } else if (n & 1) {
      storeKey<T>(to, upper, half);
    } else {
      const lower = load<i64>(keys + (((n >> 1) - 1) << 3));
      const floor = (lower & upper) + ((lower ^ upper) >> 1);
      storeKey<T>(to, floor + (floor & (lower ^ upper) & 1), half);
    }
  }
}
