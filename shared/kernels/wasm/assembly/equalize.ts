// Equalising histograms: looking up what values become, globally or interpolated between tiles.
import { BOOL, F16, F32, F64, I8, I16, I32, I64, sizeOfDType, U8, U16, U32, U64 } from "./dtypes";
import { halfToDouble } from "./reduce-half";

/** dst[i] = table[src[i] - low], of integers of one or two bytes, to floats of 4 bytes. */
export function lookUpFloats(dtype: i32, src: usize, n: usize, low: i32, table: usize, dst: usize): void {
  if (dtype == BOOL || dtype == U8) lookUpAll<u8>(src, n, low, table, dst);
  else if (dtype == I8) lookUpAll<i8>(src, n, low, table, dst);
  else if (dtype == U16) lookUpAll<u16>(src, n, low, table, dst);
  else if (dtype == I16) lookUpAll<i16>(src, n, low, table, dst);
}

function lookUpAll<T>(src: usize, n: usize, low: i32, table: usize, dst: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const at = table + 4 * <usize>(<i32>load<T>(src + i * sizeof<T>()) - low);
    store<u32>(dst + i * 4, load<u32>(at));
  }
}

/**
 * Floats, between `count` points whose x ascend evenly, linearly as numpy.interp; `scale` is points per x. In double
 * precision; `double` says what the elements are.
 */
export function interpolate(
  double: bool,
  src: usize,
  n: usize,
  xs: usize,
  ys: usize,
  count: usize,
  scale: f64,
  dst: usize,
): void {
  for (let i: usize = 0; i < n; i++) {
    const x = double ? load<f64>(src + i * 8) : <f64>load<f32>(src + i * 4);
    const y = interpolated(x, xs, ys, count, scale);
    if (double) store<f64>(dst + i * 8, y);
    else store<f32>(dst + i * 4, <f32>y);
  }
}

function interpolated(x: f64, xs: usize, ys: usize, count: usize, scale: f64): f64 {
  const last = count - 1;
  if (x <= load<f64>(xs)) return load<f64>(ys);
  if (x >= load<f64>(xs + last * 8)) return load<f64>(ys + last * 8);
  let j = <usize>max<f64>(0, min<f64>(<f64>(last - 1), (x - load<f64>(xs)) * scale));
  while (j > 0 && x < load<f64>(xs + j * 8)) j--;
  while (j < last - 1 && x >= load<f64>(xs + (j + 1) * 8)) j++;
  const at = xs + j * 8;
  const to = ys + j * 8;
  const slope = (load<f64>(to, 8) - load<f64>(to)) / (load<f64>(at, 8) - load<f64>(at));
  return slope * (x - load<f64>(at)) + load<f64>(to);
}

/**
 * As skimage.util.img_as_uint, into u16: narrower integers scaled up, wider ones shifted down by `shift` bits, negative
 * ones 0, floats from 0 to 1 rounded. Returns whether a float lies beyond -1 to 1.
 */
export function asUint16(dtype: i32, src: usize, dst: usize, n: usize, shift: i32): bool {
  let beyond = false;
  const size = sizeOfDType(dtype);
  for (let i: usize = 0; i < n; i++) {
    const at = src + i * size;
    let y: u16 = 0;
    if (dtype == BOOL) y = load<u8>(at) ? 65535 : 0;
    else if (dtype == U8) y = <u16>load<u8>(at) * 257;
    else if (dtype == U16) y = load<u16>(at);
    else if (dtype == I8) y = <u16>((max<i32>(0, load<i8>(at)) * 16513) >> 5);
    else if (dtype == I16) y = <u16>((max<i32>(0, load<i16>(at)) * 32769) >> 14);
    else if (dtype == U32) y = <u16>(load<u32>(at) >> shift);
    else if (dtype == I32) y = <u16>(max<i32>(0, load<i32>(at)) >> shift);
    else if (dtype == U64) y = <u16>(load<u64>(at) >> <u64>shift);
    else if (dtype == I64) y = <u16>(max<i64>(0, load<i64>(at)) >> <i64>shift);
    else {
      const x = dtype == F64 ? load<f64>(at) : dtype == F32 ? <f64>load<f32>(at) : halfToDouble(load<u16>(at));
      if (abs(x) > 1) beyond = true;
      // float32 is multiplied in float32.
      const scaled = dtype == F64 ? x * 65535 : <f64>(<f32>x * <f32>65535);
      y = <u16>max<f64>(0, min<f64>(65535, nearest(scaled == scaled ? scaled : 0)));
    }
    store<u16>(dst + i * 2, y);
  }
  return beyond;
}

/** The least and the greatest of u16, as least | greatest << 16. */
export function extremesOfUint16(src: usize, n: usize): u32 {
  let low: u32 = 65535;
  let high: u32 = 0;
  for (let i: usize = 0; i < n; i++) {
    const x = <u32>load<u16>(src + i * 2);
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low | (high << 16);
}

/**
 * Counts the bins (u16) of an image in tiles: `counts` has `bins` u32, zeroed, for each tile. For each of `axes` axes
 * `shape` has an u32, and `places` an u32 for each place of the image extended to whole tiles: which place of the image
 * stands there; `tiles` one for where in `counts` its tile begins, in entries. `extended` has an u32 for each axis.
 */
export function countTiles(
  src: usize,
  axes: usize,
  shape: usize,
  extended: usize,
  places: usize,
  tiles: usize,
  counts: usize,
  indices: usize,
): void {
  memory.fill(indices, 0, axes * 4);
  const last = axes - 1;
  const row = <usize>load<u32>(extended + last * 4);
  for (;;) {
    let from: usize = 0;
    let tile: usize = 0;
    let table: usize = 0;
    for (let d: usize = 0; d < last; d++) {
      const entry = (table + <usize>load<u32>(indices + d * 4)) * 4;
      from = (from + <usize>load<u32>(places + entry)) * <usize>load<u32>(shape + (d + 1) * 4);
      tile += <usize>load<u32>(tiles + entry);
      table += <usize>load<u32>(extended + d * 4);
    }
    for (let i: usize = 0; i < row; i++) {
      const entry = (table + i) * 4;
      const bin = <usize>load<u16>(src + 2 * (from + <usize>load<u32>(places + entry)));
      const at = counts + 4 * (tile + <usize>load<u32>(tiles + entry) + bin);
      store<u32>(at, load<u32>(at) + 1);
    }
    if (!advance(indices, extended, last)) return;
  }
}

/** The next indices of the first `axes` axes; false after the last. */
function advance(indices: usize, shape: usize, axes: usize): bool {
  for (let d: isize = <isize>axes - 1; d >= 0; d--) {
    const at = indices + <usize>d * 4;
    const next = load<u32>(at) + 1;
    if (next < load<u32>(shape + <usize>d * 4)) {
      store<u32>(at, next);
      return true;
    }
    store<u32>(at, 0);
  }
  return false;
}

/**
 * Replaces bins (u16) by what the maps of the nearest tiles make of them, interpolated linearly along each axis, and
 * truncated. `maps` has f64 for each bin of each tile; for each place along each axis `low` and `high` (u32) say where the
 * maps of the two tiles begin, and `shares` (f64) the share of the higher one. Sums are float32, corner by corner, as
 * scikit-image's.
 */
export function interpolateTiles(
  image: usize,
  axes: usize,
  shape: usize,
  low: usize,
  high: usize,
  shares: usize,
  maps: usize,
  indices: usize,
): void {
  memory.fill(indices, 0, axes * 4);
  const corners: u32 = 1 << <u32>axes;
  for (let at = image; ; at += 2) {
    const bin = <usize>load<u16>(at);
    let sum: f32 = 0;
    for (let corner: u32 = 0; corner < corners; corner++) {
      let weight: f64 = 1;
      let map: usize = bin;
      let table: usize = entriesBefore(shape, axes - 1);
      // The last axis first: products are rounded.
      for (let d: isize = <isize>axes - 1; d >= 0; d--) {
        const entry = table + <usize>load<u32>(indices + <usize>d * 4);
        const share = load<f64>(shares + entry * 8);
        if ((corner >> (<u32>axes - 1 - <u32>d)) & 1) {
          weight *= share;
          map += <usize>load<u32>(high + entry * 4);
        } else {
          weight *= 1 - share;
          map += <usize>load<u32>(low + entry * 4);
        }
        if (d > 0) table -= <usize>load<u32>(shape + (<usize>d - 1) * 4);
      }
      sum += <f32>(load<f64>(maps + map * 8) * weight);
    }
    store<u16>(at, <u16>sum);
    if (!advance(indices, shape, axes)) return;
  }
}

function entriesBefore(shape: usize, axis: usize): usize {
  let sum: usize = 0;
  for (let d: usize = 0; d < axis; d++) sum += <usize>load<u32>(shape + d * 4);
  return sum;
}
