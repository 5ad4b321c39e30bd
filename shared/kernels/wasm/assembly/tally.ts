// Counting elements: by bins between edges, by value, or by digits of a sortable key. Tables are u32, zeroed by the
// host, which adds them up; a block has less than 2^32 elements.
import { BOOL, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64 } from "./dtypes";
import { halfToDouble } from "./reduce-half";

@inline
function count(table: usize, bin: usize): void {
  const at = table + (bin << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Index of the bin of x, edges[0] <= x <= edges[bins]; a bin has its left edge, the last one both. */
@inline
function binOf(x: f64, edges: usize, bins: usize, scale: f64): usize {
  let bin = <usize>max<f64>(0, min<f64>(<f64>(bins - 1), (x - load<f64>(edges)) * scale));
  // the product is rounded; the edges decide
  while (bin > 0 && x < load<f64>(edges + (bin << 3))) bin--;
  while (bin + 1 < bins && x >= load<f64>(edges + ((bin + 1) << 3))) bin++;
  return bin;
}

@inline
function uniform<T>(src: usize, n: usize, edges: usize, bins: usize, scale: f64, table: usize, half: bool): void {
  const low = load<f64>(edges);
  const high = load<f64>(edges + (bins << 3));
  for (let i: usize = 0; i < n; i++) {
    const at = src + i * sizeof<T>();
    const x = half ? halfToDouble(load<u16>(at)) : <f64>load<T>(at);
    if (x >= low && x <= high) count(table, binOf(x, edges, bins, scale));
  }
}

/** Counts what lies in `bins` bins between bins + 1 float64 edges; what lies outside, and NaN, is left out. */
export function tallyUniform(dtype: i32, src: usize, n: usize, edges: usize, bins: usize, table: usize): void {
  const scale = <f64>bins / (load<f64>(edges + (bins << 3)) - load<f64>(edges));
  switch (dtype) {
    case BOOL: case U8: return uniform<u8>(src, n, edges, bins, scale, table, false);
    case I8: return uniform<i8>(src, n, edges, bins, scale, table, false);
    case I16: return uniform<i16>(src, n, edges, bins, scale, table, false);
    case U16: return uniform<u16>(src, n, edges, bins, scale, table, false);
    case I32: return uniform<i32>(src, n, edges, bins, scale, table, false);
    case U32: return uniform<u32>(src, n, edges, bins, scale, table, false);
    case I64: return uniform<i64>(src, n, edges, bins, scale, table, false);
    case U64: return uniform<u64>(src, n, edges, bins, scale, table, false);
    case F16: return uniform<u16>(src, n, edges, bins, scale, table, true);
    case F32: return uniform<f32>(src, n, edges, bins, scale, table, false);
    default: return uniform<f64>(src, n, edges, bins, scale, table, false);
  }
}

@inline
function values<T>(src: usize, n: usize, low: u64, table: usize): void {
  for (let i: usize = 0; i < n; i++) count(table, <usize>(<u64>load<T>(src + i * sizeof<T>()) - low));
}

/** Counts integers, the table's first entry for `low`; none may lie outside of the table. */
export function tallyValues(dtype: i32, src: usize, n: usize, low: u64, table: usize): void {
  switch (dtype) {
    case BOOL: case U8: return values<u8>(src, n, low, table);
    case I8: return values<i8>(src, n, low, table);
    case I16: return values<i16>(src, n, low, table);
    case U16: return values<u16>(src, n, low, table);
    case I32: return values<i32>(src, n, low, table);
    case U32: return values<u32>(src, n, low, table);
    default: return values<u64>(src, n, low, table);
  }
}

/** A key that ascends with the element as an unsigned number. */
@inline
function keyOf<T>(at: usize, half: bool): u64 {
  if (half || isFloat<T>()) {
    const top: u64 = <u64>1 << (sizeof<T>() * 8 - 1);
    let b: u64;
    if (sizeof<T>() == 2) b = load<u16>(at);
    else if (sizeof<T>() == 4) b = load<u32>(at);
    else b = load<u64>(at);
    return b & top ? ~b & (top | (top - 1)) : b | top;
  }
  if (isSigned<T>()) {
    const top: u64 = <u64>1 << (sizeof<T>() * 8 - 1);
    return (<u64>load<T>(at) ^ top) & (top | (top - 1));
  }
  return <u64>load<T>(at);
}

@inline
function isNaNAt<T>(at: usize, half: bool): bool {
  if (half) return (load<u16>(at) & 0x7fff) > 0x7c00;
  if (isFloat<T>()) {
    const x = load<T>(at);
    return x != x;
  }
  return false;
}

@inline
function keys<T>(
  src: usize, n: usize, shift: u64, bits: u64, prefixes: usize, chosen: usize, table: usize, half: bool,
): u32 {
  const mask: u64 = (<u64>1 << bits) - 1;
  const above = shift + bits;
  const whole = above >= sizeof<T>() * 8;
  let nan: u32 = 0;
  for (let i: usize = 0; i < n; i++) {
    const at = src + i * sizeof<T>();
    if (isNaNAt<T>(at, half)) {
      nan++;
      continue;
    }
    const key = keyOf<T>(at, half);
    const digit = <usize>((key >> shift) & mask);
    if (whole) {
      count(table, digit);
      continue;
    }
    const prefix = key >> above;
    for (let p: usize = 0; p < chosen; p++) {
      if (load<u64>(prefixes + (p << 3)) == prefix) {
        count(table, (p << <usize>bits) + digit);
        break;
      }
    }
  }
  return nan;
}

/**
 * Counts by the digit of `bits` bits from bit `shift` on of each element's key, in a table for each of the `chosen`
 * prefixes that the bits above it may have; at the top one table for all. Returns how many elements are NaN, which are
 * left out.
 */
export function tallyKeys(
  dtype: i32, src: usize, n: usize, shift: i32, bits: i32, prefixes: usize, chosen: usize, table: usize,
): u32 {
  const s = <u64>shift;
  const b = <u64>bits;
  switch (dtype) {
    case BOOL: case U8: return keys<u8>(src, n, s, b, prefixes, chosen, table, false);
    case I8: return keys<i8>(src, n, s, b, prefixes, chosen, table, false);
    case I16: return keys<i16>(src, n, s, b, prefixes, chosen, table, false);
    case U16: return keys<u16>(src, n, s, b, prefixes, chosen, table, false);
    case I32: return keys<i32>(src, n, s, b, prefixes, chosen, table, false);
    case U32: return keys<u32>(src, n, s, b, prefixes, chosen, table, false);
    case I64: return keys<i64>(src, n, s, b, prefixes, chosen, table, false);
    case U64: return keys<u64>(src, n, s, b, prefixes, chosen, table, false);
    case F16: return keys<u16>(src, n, s, b, prefixes, chosen, table, true);
    case F32: return keys<f32>(src, n, s, b, prefixes, chosen, table, false);
    default: return keys<f64>(src, n, s, b, prefixes, chosen, table, false);
  }
}

/** Natural logarithm, the same on every machine. */
export function naturalLog(x: f64): f64 {
  return NativeMath.log(x);
}
