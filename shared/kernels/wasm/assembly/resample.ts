// Resampling by splines of order 0 to 3: for each element of the result, a coordinate per axis of the source, and from it a
// few taps per axis (an offset in the source, in elements, and a weight), whose products are summed in C order. Coordinates
// beyond the ends are mapped as scipy's ni_interpolation.c does. An element's operations depend on nothing but its coordinates.
import { BOOL, F32, I8, I16, I32, I64, U8, U16, U32, U64 } from "./dtypes";
import { fillTaps, NOWHERE, OUTSIDE } from "./spline-taps";

/** Products of taps at once: at most 1024. */
const offsets = memory.data(4096, 16);
const weights = memory.data(8192, 16);

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

/** Two neighbours as doubles. */
@inline
function two<S>(at: usize): v128 {
  if (isFloat<S>()) {
    return sizeof<S>() == 8 ? v128.load(at) : f64x2.promote_low_f32x4(v128.load64_zero(at));
  }
  if (sizeof<S>() == 4) {
    const v = v128.load64_zero(at);
    return isSigned<S>() ? f64x2.convert_low_i32x4_s(v) : f64x2.convert_low_i32x4_u(v);
  }
  return f64x2.replace_lane(f64x2.splat(<f64>load<S>(at)), 1, <f64>load<S>(at, sizeof<S>()));
}

/**
 * For each of `n` columns of the source the sum over the rows that the products so far are of; gives the weight of them all, so
 * that a column of constants is that times `cval`.
 */
function sumRows<S>(src: usize, count: i32, columns: usize, n: usize, cval: f64): f64 {
  let all: f64 = 0;
  let beyond: f64 = 0;
  for (let c = 0; c < count; c++) {
    const weight = load<f64>(weights + (<usize>c << 3));
    all += weight;
    if (load<u32>(offsets + (<usize>c << 2)) == OUTSIDE) beyond += cval * weight;
  }
  let x: usize = 0;
  for (; x + 4 <= n; x += 4) {
    let a = f64x2.splat(beyond);
    let b = a;
    for (let c = 0; c < count; c++) {
      const offset = load<u32>(offsets + (<usize>c << 2));
      if (offset == OUTSIDE) continue;
      const weight = v128.load64_splat(weights + (<usize>c << 3));
      const at = src + (<usize>offset + x) * sizeof<S>();
      a = f64x2.add(a, f64x2.mul(two<S>(at), weight));
      b = f64x2.add(b, f64x2.mul(two<S>(at + 2 * sizeof<S>()), weight));
    }
    v128.store(columns + (x << 3), a);
    v128.store(columns + (x << 3), b, 16);
  }
  for (; x < n; x++) {
    let sum = beyond;
    for (let c = 0; c < count; c++) {
      const offset = load<u32>(offsets + (<usize>c << 2));
      if (offset == OUTSIDE) continue;
      sum += <f64>load<S>(src + (<usize>offset + x) * sizeof<S>()) * load<f64>(weights + (<usize>c << 3));
    }
    store<f64>(columns + (x << 3), sum);
  }
  return all;
}

/**
 * One row of the result. `table` has for each axis but the last the taps of this row, one behind the other, and `taps`
 * how many; of the last axis those of all `width` elements. With room for `n` `columns`, as many as the source has, its rows are summed
 * first and the taps of the last axis taken of that: fewer sums, unless few columns are needed.
 */
function gridRow<S>(
  src: usize,
  row: usize,
  width: i32,
  rank: i32,
  taps: usize,
  tables: usize,
  cval: f64,
  columns: usize,
  n: usize,
): void {
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
  const each = load<i32>(taps + (<usize>(rank - 1) << 2));
  let tapOffsets: usize = load<u32>(tables + (<usize>(rank - 1) << 3));
  let tapWeights: usize = load<u32>(tables + (<usize>(rank - 1) << 3), 4);
  const beyond = columns ? sumRows<S>(src, count, columns, n, cval) * cval : 0;
  for (let x = 0; x < width; x++) {
    let value = cval;
    if (load<u32>(tapOffsets) != NOWHERE) {
      if (columns) {
        value = 0;
        for (let k = 0; k < each; k++) {
          const tap = load<u32>(tapOffsets + (<usize>k << 2));
          const column = tap == OUTSIDE ? beyond : load<f64>(columns + (<usize>tap << 3));
          value += column * load<f64>(tapWeights + (<usize>k << 3));
        }
      } else value = total<S>(src, count, each, tapOffsets, tapWeights, cval);
    }
    store<f64>(row + (<usize>x << 3), value);
    tapOffsets += <usize>each << 2;
    tapWeights += <usize>each << 3;
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
  columns: usize,
  n: usize,
): void {
  switch (dtype) {
    case BOOL:
    case U8:
      return gridRow<u8>(src, row, width, rank, taps, tables, cval, columns, n);
    case I8:
      return gridRow<i8>(src, row, width, rank, taps, tables, cval, columns, n);
    case I16:
      return gridRow<i16>(src, row, width, rank, taps, tables, cval, columns, n);
    case U16:
      return gridRow<u16>(src, row, width, rank, taps, tables, cval, columns, n);
    case I32:
      return gridRow<i32>(src, row, width, rank, taps, tables, cval, columns, n);
    case U32:
      return gridRow<u32>(src, row, width, rank, taps, tables, cval, columns, n);
    case I64:
      return gridRow<i64>(src, row, width, rank, taps, tables, cval, columns, n);
    case U64:
      return gridRow<u64>(src, row, width, rank, taps, tables, cval, columns, n);
    case F32:
      return gridRow<f32>(src, row, width, rank, taps, tables, cval, columns, n);
    default:
      return gridRow<f64>(src, row, width, rank, taps, tables, cval, columns, n);
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
