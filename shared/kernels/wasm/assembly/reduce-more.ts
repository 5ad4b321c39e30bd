// Reductions besides sums and extremes, as the host calls them: products, truth, positions of extremes, and what the
// NaN-skipping forms need. A block is taken as [outer][reduced][inner], as in reduce.ts.
import { BOOL, F16, F32, F64, I8, I16, I32, I64, sizeOfDType, U8, U16, U32, U64 } from "./dtypes";
import { argColumns, argMerge, argSpan } from "./reduce-arg";
import { halfToDouble } from "./reduce-half";

@inline
function multiply<T, V>(src: usize, n: usize, at: usize, step: usize, half: bool): void {
  for (let i: usize = 0; i < n; i++) {
    const x: V = half ? <V>halfToDouble(load<u16>(src + (i << 1))) : <V>load<T>(src + i * sizeof<T>());
    store<V>(at + i * step, load<V>(at + i * step) * x);
  }
}

/** A product: 64 bits of each output, an integer that wraps, or a float64. */
function multiplyRow(dtype: i32, src: usize, n: usize, at: usize, step: usize): void {
  switch (dtype) {
    case BOOL: case U8: return multiply<u8, u64>(src, n, at, step, false);
    case I8: return multiply<i8, i64>(src, n, at, step, false);
    case I16: return multiply<i16, i64>(src, n, at, step, false);
    case U16: return multiply<u16, u64>(src, n, at, step, false);
    case I32: return multiply<i32, i64>(src, n, at, step, false);
    case U32: return multiply<u32, u64>(src, n, at, step, false);
    case I64: return multiply<i64, i64>(src, n, at, step, false);
    case U64: return multiply<u64, u64>(src, n, at, step, false);
    case F16: return multiply<u16, f64>(src, n, at, step, true);
    case F32: return multiply<f32, f64>(src, n, at, step, false);
    default: return multiply<f64, f64>(src, n, at, step, false);
  }
}

/** Multiplies a block into products of 8 bytes each, element by element in C order. */
export function reduceProduct(dtype: i32, src: usize, outer: usize, reduced: usize, inner: usize, state: usize): void {
  const item = sizeOfDType(dtype);
  for (let o: usize = 0; o < outer; o++) {
    const from = src + o * reduced * inner * item;
    if (inner == 1) multiplyRow(dtype, from, reduced, state + (o << 3), 0);
    else {
      for (let r: usize = 0; r < reduced; r++) multiplyRow(dtype, from + r * inner * item, inner, state + ((o * inner) << 3), 8);
    }
  }
}

@inline
function truth<T>(src: usize, n: usize, at: usize, step: usize, isAll: bool, mask: T): void {
  for (let i: usize = 0; i < n; i++) {
    // of float16 the sign is masked out, since -0 is false
    const bits = mask ? <bool>((load<T>(src + i * sizeof<T>()) & mask) != 0) : load<T>(src + i * sizeof<T>()) != 0;
    const to = at + i * step;
    store<u8>(to, isAll ? load<u8>(to) & <u8>bits : load<u8>(to) | <u8>bits);
  }
}

@inline
function truthFloat<T>(src: usize, n: usize, at: usize, step: usize, isAll: bool): void {
  for (let i: usize = 0; i < n; i++) {
    const bits = load<T>(src + i * sizeof<T>()) != 0;
    const to = at + i * step;
    store<u8>(to, isAll ? load<u8>(to) & <u8>bits : load<u8>(to) | <u8>bits);
  }
}

/** Bytes into bytes, 16 at a time. */
function truthBytes(src: usize, n: usize, at: usize, isAll: bool): void {
  let i: usize = 0;
  for (; n - i >= 16; i += 16) {
    const bits = v128.and(i8x16.ne(v128.load(src + i), i8x16.splat(0)), i8x16.splat(1));
    const held = v128.load(at + i);
    v128.store(at + i, isAll ? v128.and(held, bits) : v128.or(held, bits));
  }
  truth<u8>(src + i, n - i, at + i, 1, isAll, 0);
}

function truthRow(dtype: i32, src: usize, n: usize, at: usize, step: usize, isAll: bool): void {
  switch (dtype) {
    case BOOL: case I8: case U8:
      if (step) return truthBytes(src, n, at, isAll);
      return truth<u8>(src, n, at, step, isAll, 0);
    case I16: case U16: return truth<u16>(src, n, at, step, isAll, 0);
    case I32: case U32: return truth<u32>(src, n, at, step, isAll, 0);
    case I64: case U64: return truth<u64>(src, n, at, step, isAll, 0);
    case F16: return truth<u16>(src, n, at, step, isAll, 0x7fff);
    case F32: return truthFloat<f32>(src, n, at, step, isAll);
    default: return truthFloat<f64>(src, n, at, step, isAll);
  }
}

/** Takes a block into one byte each: whether any, or all, elements are not 0. */
export function reduceTruth(
  isAll: bool, dtype: i32, src: usize, outer: usize, reduced: usize, inner: usize, state: usize,
): void {
  const item = sizeOfDType(dtype);
  const settled: u8 = isAll ? 0 : 1;
  for (let o: usize = 0; o < outer; o++) {
    const from = src + o * reduced * inner * item;
    if (inner == 1) {
      // in pieces, so that an answer that can't change ends the search
      for (let r: usize = 0; r < reduced && load<u8>(state + o) != settled; r += 4096) {
        truthRow(dtype, from + r * item, min<usize>(4096, reduced - r), state + o, 0, isAll);
      }
    } else {
      for (let r: usize = 0; r < reduced; r++) truthRow(dtype, from + r * inner * item, inner, state + o * inner, 1, isAll);
    }
  }
}

@inline
function arg<T, V>(
  src: usize, outer: usize, reduced: usize, inner: usize, state: usize, first: i64, isMax: bool, skip: bool, half: bool,
): void {
  for (let o: usize = 0; o < outer; o++) {
    const from = src + o * reduced * inner * sizeof<T>();
    const at = state + ((o * inner) << 4);
    if (inner == 1) argSpan<T, V>(from, reduced, at, first, isMax, skip, half);
    else {
      for (let r: usize = 0; r < reduced; r++) {
        argColumns<T, V>(from + r * inner * sizeof<T>(), inner, at, first + <i64>r, isMax, skip, half);
      }
    }
  }
}

/** Takes a block, whose reduced elements begin at index `first`, into records of value and index. */
export function reduceArg(
  isMax: bool, skip: bool, dtype: i32, src: usize, outer: usize, reduced: usize, inner: usize, first: f64, state: usize,
): void {
  const f = <i64>first;
  switch (dtype) {
    case BOOL: case U8: return arg<u8, u64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case I8: return arg<i8, i64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case I16: return arg<i16, i64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case U16: return arg<u16, u64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case I32: return arg<i32, i64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case U32: return arg<u32, u64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case I64: return arg<i64, i64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case U64: return arg<u64, u64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    case F16: return arg<u16, f64>(src, outer, reduced, inner, state, f, isMax, skip, true);
    case F32: return arg<f32, f64>(src, outer, reduced, inner, state, f, isMax, skip, false);
    default: return arg<f64, f64>(src, outer, reduced, inner, state, f, isMax, skip, false);
  }
}

/** Takes n records into n others of the same input dtype. */
export function reduceArgMerge(isMax: bool, skip: bool, dtype: i32, from: usize, n: usize, into: usize): void {
  switch (dtype) {
    case BOOL: case U8: case U16: case U32: case U64: return argMerge<u64>(from, n, into, isMax, skip);
    case F16: case F32: case F64: return argMerge<f64>(from, n, into, isMax, skip);
    default: return argMerge<i64>(from, n, into, isMax, skip);
  }
}

/** Copies n floats, with `value` (its bits) for every NaN. */
export function replaceNaN(dtype: i32, src: usize, dst: usize, n: usize, value: f64): void {
  if (dtype == F16) {
    const bits: u16 = value == 0 ? 0 : value == 1 ? 0x3c00 : value > 0 ? 0x7c00 : 0xfc00;
    for (let i: usize = 0; i < n << 1; i += 2) {
      const x = load<u16>(src + i);
      store<u16>(dst + i, (x & 0x7fff) > 0x7c00 ? bits : x);
    }
  } else if (dtype == F32) {
    const lanes = f32x4.splat(<f32>value);
    let i: usize = 0;
    for (; (n - i) >= 4; i += 4) {
      const x = v128.load(src + (i << 2));
      v128.store(dst + (i << 2), v128.bitselect(x, lanes, f32x4.eq(x, x)));
    }
    for (; i < n; i++) {
      const x = load<f32>(src + (i << 2));
      store<f32>(dst + (i << 2), x == x ? x : <f32>value);
    }
  } else {
    for (let i: usize = 0; i < n << 3; i += 8) {
      const x = load<f64>(src + i);
      store<f64>(dst + i, x == x ? x : value);
    }
  }
}

@inline
function isValid(dtype: i32, at: usize): bool {
  if (dtype == F16) return (load<u16>(at) & 0x7fff) <= 0x7c00;
  if (dtype == F32) {
    const x = load<f32>(at);
    return x == x;
  }
  const x = load<f64>(at);
  return x == x;
}

/** Adds to an f64 of each output how many of its elements are not NaN. */
export function reduceCount(dtype: i32, src: usize, outer: usize, reduced: usize, inner: usize, state: usize): void {
  const item = sizeOfDType(dtype);
  for (let o: usize = 0; o < outer; o++) {
    for (let r: usize = 0; r < reduced; r++) {
      const from = src + (o * reduced + r) * inner * item;
      for (let i: usize = 0; i < inner; i++) {
        const at = state + ((o * inner + i) << 3);
        if (isValid(dtype, from + i * item)) store<f64>(at, load<f64>(at) + 1);
      }
    }
  }
}
