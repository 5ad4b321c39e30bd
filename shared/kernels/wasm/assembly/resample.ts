// Resampling by splines of order 0 to 3: for each element of the result, a coordinate per axis of the source, and from it a
// few taps per axis (an offset in the source, in elements, and a weight), whose products are summed in C order. Coordinates
// beyond the ends are mapped as scipy's ni_interpolation.c does. An element's operations depend on nothing but its coordinates.
import { BOOL, F16, F32, F64, I8, I16, I32, I64, sizeOfDType, U8, U16, U32, U64 } from "./dtypes";
import { halfBits } from "./half";

const REFLECT: i32 = 0;
const MIRROR: i32 = 1;
const NEAREST: i32 = 2;
const WRAP: i32 = 3;
const GRID_WRAP: i32 = 4;
const CONSTANT: i32 = 5;
const GRID_CONSTANT: i32 = 6;

/** Offsets of taps that lie beyond the source, and of elements that take the constant whole. */
const OUTSIDE: u32 = 0xffffffff;
const NOWHERE: u32 = 0xfffffffe;

/** Products of taps at once: at most 1024. */
const offsets = memory.data(4096, 16);
const weights = memory.data(8192, 16);

/** Where a coordinate beyond [0, n - 1] lies by a boundary; -1 for the constant. */
function mapped(at: f64, n: i32, mode: i32): f64 {
  const last = <f64>(n - 1);
  if (at >= 0 && at <= last) return at;
  if (mode == GRID_CONSTANT) return at;
  if (mode == CONSTANT) return -1;
  if (n <= 1) return 0;
  const below = at < 0;
  if (mode == NEAREST) return below ? 0 : last;
  if (mode == MIRROR) {
    const period = <f64>(2 * n - 2);
    if (below) {
      const x = period * trunc(-at / period) + at;
      return x <= <f64>(1 - n) ? x + period : -x;
    }
    const x = at - period * trunc(at / period);
    return x >= <f64>n ? period - x : x;
  }
  if (mode == REFLECT) {
    const period = <f64>(2 * n);
    if (below) {
      const x = at < -period ? period * trunc(-at / period) + at : at;
      return x < -(<f64>n) ? x + period : (x > -1e-15 ? 1e-15 : -x) - 1;
    }
    const x = at - period * trunc(at / period);
    return x >= <f64>n ? period - x - 1 : x;
  }
  if (mode == WRAP) {
    return below ? at + last * (trunc(-at / last) + 1) : at - last * trunc(at / last);
  }
  const size = <f64>n;
  return below ? at + size * (trunc((-1 - at) / size) + 1) : at - size * trunc(at / size);
}

/** The order + 1 taps of a coordinate along an axis of n elements, of which the block holds those from `origin` on. */
function fillTaps(
  coordinate: f64,
  n: i32,
  mode: i32,
  order: i32,
  origin: i32,
  stride: u32,
  tapOffsets: usize,
  tapWeights: usize,
): void {
  const at = mapped(coordinate, n, mode);
  if (!(at > -1 || mode == GRID_CONSTANT)) {
    store<u32>(tapOffsets, NOWHERE);
    return;
  }
  const first = <i32>(order & 1 ? floor(at) : floor(at + 0.5)) - order / 2;
  // The spline's own boundary: of a constant or wrapped array it is mirrored.
  const inner = mode == CONSTANT || mode == WRAP ? MIRROR : mode;
  for (let k = 0; k <= order; k++) {
    const i = first + k;
    const inside = i >= 0 && i < n;
    let offset: u32 = OUTSIDE;
    if (inside) offset = <u32>(i - origin) * stride;
    else if (mode != GRID_CONSTANT) offset = <u32>(<i32>mapped(<f64>i, n, inner) - origin) * stride;
    store<u32>(tapOffsets + (<usize>k << 2), offset);
  }
  splineWeights(at, order, tapWeights);
}

function splineWeights(at: f64, order: i32, to: usize): void {
  if (order == 0) {
    store<f64>(to, 1);
  } else if (order == 1) {
    const x = at - floor(at);
    store<f64>(to, 1 - x);
    store<f64>(to, x, 8);
  } else if (order == 2) {
    const x = at - floor(at + 0.5);
    const y = 0.5 - x;
    const a = 0.5 * y * y;
    const b = 0.75 - x * x;
    store<f64>(to, a);
    store<f64>(to, b, 8);
    store<f64>(to, 1 - a - b, 16);
  } else {
    const y = at - floor(at);
    const z = 1 - y;
    const a = (z * z * z) / 6;
    const b = (y * y * (y - 2) * 3 + 4) / 6;
    const c = (z * z * (z - 2) * 3 + 4) / 6;
    store<f64>(to, a);
    store<f64>(to, b, 8);
    store<f64>(to, c, 16);
    store<f64>(to, 1 - a - b - c, 24);
  }
}

/** The taps of `count` neighbouring elements of the result, from `from` on, along an axis of its own: coordinates i * zoom + shift, or by the elements' areas. */
export function resampleTable(
  count: i32,
  from: i32,
  zoom: f64,
  shift: f64,
  grid: bool,
  n: i32,
  mode: i32,
  order: i32,
  origin: i32,
  stride: u32,
  tapOffsets: usize,
  tapWeights: usize,
): void {
  const taps = <usize>(order + 1);
  for (let i = 0; i < count; i++) {
    const k = <f64>(from + i);
    const at = grid ? (k + 0.5) * zoom - 0.5 + shift : k * zoom + shift;
    const slot = <usize>i * taps;
    fillTaps(at, n, mode, order, origin, stride, tapOffsets + (slot << 2), tapWeights + (slot << 3));
  }
}

/** Multiplies the products so far by an axis's taps; gives how many there are now, or -1 where the element is the constant. */
function expand(count: i32, taps: i32, tapOffsets: usize, tapWeights: usize): i32 {
  if (load<u32>(tapOffsets) == NOWHERE) return -1;
  for (let c = count - 1; c >= 0; c--) {
    const offset = load<u32>(offsets + (<usize>c << 2));
    const weight = load<f64>(weights + (<usize>c << 3));
    for (let k = taps - 1; k >= 0; k--) {
      const tap = load<u32>(tapOffsets + (<usize>k << 2));
      const to = <usize>(c * taps + k);
      store<u32>(offsets + (to << 2), offset == OUTSIDE || tap == OUTSIDE ? OUTSIDE : offset + tap);
      store<f64>(weights + (to << 3), weight * load<f64>(tapWeights + (<usize>k << 3)));
    }
  }
  return count * taps;
}

@inline
function start(): void {
  store<u32>(offsets, 0);
  store<f64>(weights, 1);
}

@inline
function valueAt<S>(src: usize, offset: u32, cval: f64): f64 {
  return offset == OUTSIDE ? cval : <f64>load<S>(src + <usize>offset * sizeof<S>());
}

/** The sum over the products so far times the taps of one more axis. */
@inline
function total<S>(src: usize, count: i32, taps: i32, tapOffsets: usize, tapWeights: usize, cval: f64): f64 {
  let sum: f64 = 0;
  for (let c = 0; c < count; c++) {
    const offset = load<u32>(offsets + (<usize>c << 2));
    const weight = load<f64>(weights + (<usize>c << 3));
    for (let k = 0; k < taps; k++) {
      const tap = load<u32>(tapOffsets + (<usize>k << 2));
      const at = offset == OUTSIDE || tap == OUTSIDE ? OUTSIDE : offset + tap;
      sum += valueAt<S>(src, at, cval) * weight * load<f64>(tapWeights + (<usize>k << 3));
    }
  }
  return sum;
}

/**
 * One row of the result. `table` has for each axis but the last the taps of this row, one behind the other, and `taps`
 * how many; of the last axis those of all `width` elements.
 */
function gridRow<S>(src: usize, row: usize, width: i32, rank: i32, taps: usize, tables: usize, cval: f64): void {
  start();
  let count = 1;
  for (let axis = 0; axis < rank - 1; axis++) {
    const at = tables + (<usize>axis << 3);
    count = expand(count, load<i32>(taps + (<usize>axis << 2)), load<u32>(at), load<u32>(at, 4));
    if (count < 0) {
      for (let x = 0; x < width; x++) store<f64>(row + (<usize>x << 3), cval);
      return;
    }
  }
  const n = load<i32>(taps + (<usize>(rank - 1) << 2));
  let tapOffsets: usize = load<u32>(tables + (<usize>(rank - 1) << 3));
  let tapWeights: usize = load<u32>(tables + (<usize>(rank - 1) << 3), 4);
  for (let x = 0; x < width; x++) {
    let value = cval;
    if (load<u32>(tapOffsets) != NOWHERE) value = total<S>(src, count, n, tapOffsets, tapWeights, cval);
    store<f64>(row + (<usize>x << 3), value);
    tapOffsets += <usize>n << 2;
    tapWeights += <usize>n << 3;
  }
}

/**
 * One row of the result whose elements have coordinates of their own along the axes that are mixed. `mixed` has for each
 * axis 1 or 0; a mixed one's taps are filled into its table, from base + position * step.
 */
function mixedRow<S>(
  src: usize,
  row: usize,
  from: i32,
  width: i32,
  rank: i32,
  taps: usize,
  tables: usize,
  mixed: usize,
  lines: usize,
  facts: usize,
  mode: i32,
  order: i32,
  cval: f64,
): void {
  for (let x = 0; x < width; x++) {
    start();
    let count = 1;
    for (let axis = 0; axis < rank && count > 0; axis++) {
      const at = tables + (<usize>axis << 3);
      const n = load<i32>(taps + (<usize>axis << 2));
      let tapOffsets: usize = load<u32>(at);
      let tapWeights: usize = load<u32>(at, 4);
      if (load<i32>(mixed + (<usize>axis << 2))) {
        const line = lines + <usize>axis * 16;
        const coordinate = load<f64>(line) + <f64>(from + x) * load<f64>(line, 8);
        const fact = facts + <usize>axis * 12;
        fillTaps(
          coordinate,
          load<i32>(fact),
          mode,
          order,
          load<i32>(fact, 4),
          load<u32>(fact, 8),
          tapOffsets,
          tapWeights,
        );
      } else if (axis == rank - 1) {
        tapOffsets += <usize>(x * n) << 2;
        tapWeights += <usize>(x * n) << 3;
      }
      count = expand(count, n, tapOffsets, tapWeights);
    }
    let value = cval;
    if (count > 0) {
      value = 0;
      for (let c = 0; c < count; c++) {
        value +=
          valueAt<S>(src, load<u32>(offsets + (<usize>c << 2)), cval) * load<f64>(weights + (<usize>c << 3));
      }
    }
    store<f64>(row + (<usize>x << 3), value);
  }
}

export function resampleGridRow(
  dtype: i32,
  src: usize,
  row: usize,
  width: i32,
  rank: i32,
  taps: usize,
  tables: usize,
  cval: f64,
): void {
  switch (dtype) {
    case BOOL:
    case U8:
      return gridRow<u8>(src, row, width, rank, taps, tables, cval);
    case I8:
      return gridRow<i8>(src, row, width, rank, taps, tables, cval);
    case I16:
      return gridRow<i16>(src, row, width, rank, taps, tables, cval);
    case U16:
      return gridRow<u16>(src, row, width, rank, taps, tables, cval);
    case I32:
      return gridRow<i32>(src, row, width, rank, taps, tables, cval);
    case U32:
      return gridRow<u32>(src, row, width, rank, taps, tables, cval);
    case I64:
      return gridRow<i64>(src, row, width, rank, taps, tables, cval);
    case U64:
      return gridRow<u64>(src, row, width, rank, taps, tables, cval);
    case F32:
      return gridRow<f32>(src, row, width, rank, taps, tables, cval);
    default:
      return gridRow<f64>(src, row, width, rank, taps, tables, cval);
  }
}

export function resampleMixedRow(
  dtype: i32,
  src: usize,
  row: usize,
  from: i32,
  width: i32,
  rank: i32,
  taps: usize,
  tables: usize,
  mixed: usize,
  lines: usize,
  facts: usize,
  mode: i32,
  order: i32,
  cval: f64,
): void {
  switch (dtype) {
    case BOOL:
    case U8:
      return mixedRow<u8>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case I8:
      return mixedRow<i8>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case I16:
      return mixedRow<i16>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case U16:
      return mixedRow<u16>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case I32:
      return mixedRow<i32>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case U32:
      return mixedRow<u32>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case I64:
      return mixedRow<i64>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case U64:
      return mixedRow<u64>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    case F32:
      return mixedRow<f32>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
    default:
      return mixedRow<f64>(src, row, from, width, rank, taps, tables, mixed, lines, facts, mode, order, cval);
  }
}

/** A row of doubles as another dtype: to integers rounded half away from zero and saturated, to bool what is 1 but for rounding, as scipy does; one NaN. */
export function resampleStore(dtype: i32, row: usize, dst: usize, width: i32): void {
  const size = sizeOfDType(dtype);
  for (let x = 0; x < width; x++) {
    const value = load<f64>(row + (<usize>x << 3));
    const to = dst + <usize>x * size;
    if (dtype == F64) store<f64>(to, value == value ? value : f64.NaN);
    else if (dtype == F32) store<f32>(to, value == value ? <f32>value : f32.NaN);
    else if (dtype == F16) store<u16>(to, halfBits(value));
    else {
      const rounded = value > 0 ? value + 0.5 : value - 0.5;
      switch (dtype) {
        case BOOL:
          store<u8>(to, u8(value > 0.999999999));
          break;
        case U8:
          store<u8>(to, <u8>max(0, min(255, <i32>rounded)));
          break;
        case I8:
          store<i8>(to, <i8>max(-128, min(127, <i32>rounded)));
          break;
        case U16:
          store<u16>(to, <u16>max(0, min(65535, <i32>rounded)));
          break;
        case I16:
          store<i16>(to, <i16>max(-32768, min(32767, <i32>rounded)));
          break;
        case I32:
          store<i32>(to, <i32>rounded);
          break;
        case U32:
          store<u32>(to, <u32>rounded);
          break;
        case I64:
          store<i64>(to, <i64>rounded);
          break;
        default:
          store<u64>(to, <u64>rounded);
      }
    }
  }
}
