// Running sums and products along an axis. A block is taken as [outer][n][inner], C order: each of outer x inner
// lines goes on from what came before it.
import { BOOL, F16, F32, I8, I16, I32, I64, sizeOfDType, U8, U16, U32, U64 } from "./dtypes";
import { finishFloats } from "./reduce-finish";
import { doubleToHalf, halfToDouble } from "./reduce-half";
import { floatColumns } from "./superaccumulator";

@inline
function integers<T, V>(
  isProduct: bool, src: usize, outer: usize, n: usize, inner: usize, run: usize, out: usize,
): void {
  for (let o: usize = 0; o < outer; o++) {
    for (let r: usize = 0; r < n; r++) {
      const row = (o * n + r) * inner;
      for (let i: usize = 0; i < inner; i++) {
        const at = run + ((o * inner + i) << 3);
        const x = <V>load<T>(src + (row + i) * sizeof<T>());
        const v = isProduct ? load<V>(at) * x : load<V>(at) + x;
        store<V>(at, v);
        store<V>(out + ((row + i) << 3), v);
      }
    }
  }
}

/** 64-bit sums or products of integers, wrapping; `run` holds each line's value so far, 8 bytes, and is moved on. */
export function cumulateIntegers(
  isProduct: bool, dtype: i32, src: usize, outer: usize, n: usize, inner: usize, run: usize, out: usize,
): void {
  switch (dtype) {
    case BOOL: case U8: return integers<u8, u64>(isProduct, src, outer, n, inner, run, out);
    case I8: return integers<i8, i64>(isProduct, src, outer, n, inner, run, out);
    case I16: return integers<i16, i64>(isProduct, src, outer, n, inner, run, out);
    case U16: return integers<u16, u64>(isProduct, src, outer, n, inner, run, out);
    case I32: return integers<i32, i64>(isProduct, src, outer, n, inner, run, out);
    case U32: return integers<u32, u64>(isProduct, src, outer, n, inner, run, out);
    case I64: return integers<i64, i64>(isProduct, src, outer, n, inner, run, out);
    default: return integers<u64, u64>(isProduct, src, outer, n, inner, run, out);
  }
}

@inline
function storeFloat(dtype: i32, at: usize, v: f64): void {
  if (dtype == F16) store<u16>(at, doubleToHalf(v));
  else if (dtype == F32) v != v ? store<u32>(at, 0x7fc00000) : store<f32>(at, <f32>v);
  else v != v ? store<u64>(at, 0x7ff8000000000000) : store<f64>(at, v);
}

@inline
function loadFloat(dtype: i32, at: usize): f64 {
  if (dtype == F16) return halfToDouble(load<u16>(at));
  return dtype == F32 ? <f64>load<f32>(at) : load<f64>(at);
}

/** Products of floats, in float64, rounded to the dtype as they are written; `run` holds each line's so far. */
export function cumulateProducts(
  dtype: i32, src: usize, outer: usize, n: usize, inner: usize, run: usize, out: usize,
): void {
  const item = sizeOfDType(dtype);
  for (let o: usize = 0; o < outer; o++) {
    for (let r: usize = 0; r < n; r++) {
      const row = (o * n + r) * inner;
      for (let i: usize = 0; i < inner; i++) {
        const at = run + ((o * inner + i) << 3);
        const v = load<f64>(at) * loadFloat(dtype, src + (row + i) * item);
        store<f64>(at, v);
        storeFloat(dtype, out + (row + i) * item, v);
      }
    }
  }
}

/** Exact sums of floats, each rounded once; `state` holds each line's exact sum so far (reduce.ts) and is moved on. */
export function cumulateFloats(
  dtype: i32, src: usize, outer: usize, n: usize, inner: usize, state: usize, stride: usize, digits: usize, unit: i32,
  out: usize,
): void {
  const item = sizeOfDType(dtype);
  for (let o: usize = 0; o < outer; o++) {
    const lines = state + o * inner * stride;
    const flags = lines + (digits << 3);
    for (let r: usize = 0; r < n; r++) {
      const row = (o * n + r) * inner * item;
      if (dtype == F16) floatColumns<u16>(src + row, inner, lines, 0, flags, stride);
      else if (dtype == F32) floatColumns<f32>(src + row, inner, lines, 0, flags, stride);
      else floatColumns<f64>(src + row, inner, lines, 0, flags, stride);
      finishFloats(0, lines, inner, stride, digits, 0, unit, true, 1, 1, 0, 0, item, out + row);
    }
  }
}
