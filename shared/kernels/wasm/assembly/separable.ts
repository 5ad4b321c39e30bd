// One pass of a separable filter along one axis: a weighted sum of elements at fixed distances, symmetric (even) or
// antisymmetric (odd) about the centre, or any. The array is (outer, n, inner), C order. A pass works on panels of some of the
// inner columns, and streams their rows through a buffer of `block` rows with `radius` rows more at either end, so
// source and destination may be the same array. Whole vectors are computed, tails in a vector of their own, so each
// element gets the same operations wherever it lies.
import { cast } from "./cast";
import { F32, F64, sizeOfDType } from "./dtypes";
import { accumulate, useFilter } from "./separable-sums";

// What stays the same throughout a pass.
let dtype: i32;
let n: usize;
let inner: usize;
let radius: usize;
let edges: usize;
let constant: f64;
let panel: usize;
let block: usize;
let buffer: usize;
let saved: usize;

/** How the weights are given: of distance 0 to radius for EVEN and ODD, of all `taps` elements for ANY. */
const EVEN: i32 = 0;
const ODD: i32 = 1;

/**
 * The parameters are those of shared/kernels/separable.ts. `_edges` holds the row within [0, n) that stands for each of
 * the 2 * radius rows beyond the ends, or -1 for the constant. With symmetry ANY the first of the taps lies `_before` rows before the
 * element, and neither side reaches beyond the radius. `_block` is at least the smaller of n and radius. `_saved` has
 * room for radius rows where block < n. Sums are divided by the divisor; `_final` makes NaNs canonical.
 */
export function separablePass(
  _dtype: i32,
  src: usize,
  dst: usize,
  double: bool,
  symmetry: i32,
  outer: usize,
  _n: usize,
  _inner: usize,
  _radius: usize,
  _weights: usize,
  _taps: usize,
  _before: usize,
  _edges: usize,
  _constant: f64,
  _divisor: f64,
  _panel: usize,
  _block: usize,
  _buffer: usize,
  _saved: usize,
  _final: bool,
): void {
  dtype = _dtype;
  n = _n;
  inner = _inner;
  radius = _radius;
  edges = _edges;
  constant = _constant;
  panel = _panel;
  block = _block;
  buffer = _buffer;
  saved = _saved;
  useFilter(_weights, _radius, _taps, _before, _divisor, _final);
  const size = sizeOfDType(double ? F64 : F32);
  const srcSize = sizeOfDType(dtype);
  for (let o: usize = 0; o < outer; o++) {
    for (let x: usize = 0; x < inner; x += panel) {
      const at = o * n * inner + x;
      const width = min(panel, inner - x);
      const from = src + at * srcSize;
      const to = dst + at * size;
      if (double) {
        if (symmetry == EVEN) filterPanel<f64, u32>(from, to, width);
        else if (symmetry == ODD) filterPanel<f64, i32>(from, to, width);
        else filterPanel<f64, u8>(from, to, width);
      } else {
        if (symmetry == EVEN) filterPanel<f32, u32>(from, to, width);
        else if (symmetry == ODD) filterPanel<f32, i32>(from, to, width);
        else filterPanel<f32, u8>(from, to, width);
      }
    }
  }
}

/** `A` is what is computed in; `P` is u32 for symmetric weights, i32 for antisymmetric ones, u8 for any. */
function filterPanel<A, P>(src: usize, dst: usize, width: usize): void {
  const size = sizeof<A>();
  const target = size == 4 ? F32 : F64;
  const srcPitch = inner * sizeOfDType(dtype);
  const dstPitch = inner * size;
  const pitch = panel * size;
  const bytes = width * size;
  const contiguous = panel == inner;
  if (block < n) {
    // The end may stand for rows that are overwritten by then.
    for (let r: usize = 0; r < radius; r++) cast(dtype, target, src + r * srcPitch, saved + r * pitch, width);
  }
  let next: usize = 0;
  for (let start: usize = 0; start < n; start += block) {
    const rows = min(block, n - start);
    if (start) memory.copy(buffer, buffer + block * pitch, 2 * radius * pitch);
    // Row r of the array is row r - start + radius of the buffer.
    const origin = buffer + radius * pitch - start * pitch;
    const inside = min(n, start + rows + radius);
    if (contiguous) {
      if (next < inside)
        cast(dtype, target, src + next * srcPitch, origin + next * pitch, (inside - next) * inner);
      next = max(next, inside);
    } else {
      for (; next < inside; next++) cast(dtype, target, src + next * srcPitch, origin + next * pitch, width);
    }
    if (!start) {
      for (let e: usize = 0; e < radius; e++) {
        const stands = load<i32>(edges + e * 4);
        const row = buffer + e * pitch;
        if (stands < 0) fillRow<A>(row, width, <A>constant);
        else if (<usize>stands < inside) copyRow<A>(row, origin + <usize>stands * pitch, width);
        else cast(dtype, target, src + <usize>stands * srcPitch, row, width);
      }
    }
    for (; next < start + rows + radius; next++) {
      const stands = load<i32>(edges + (next - n + radius) * 4);
      const row = origin + next * pitch;
      if (stands < 0) fillRow<A>(row, width, <A>constant);
      else if (<usize>stands + radius >= start) copyRow<A>(row, origin + <usize>stands * pitch, width);
      else copyRow<A>(row, saved + <usize>stands * pitch, width);
    }
    if (contiguous) {
      accumulate<A, P>(dst + start * dstPitch, origin + start * pitch, pitch, rows * pitch);
    } else {
      for (let r = start; r < start + rows; r++) {
        accumulate<A, P>(dst + r * dstPitch, origin + r * pitch, pitch, bytes);
      }
    }
  }
}

function fillRow<A>(row: usize, width: usize, constant: A): void {
  for (let i: usize = 0; i < width; i++) store<A>(row + i * sizeof<A>(), constant);
}

function copyRow<A>(row: usize, source: usize, width: usize): void {
  if (width > 16) memory.copy(row, source, width * sizeof<A>());
  else
    for (let i: usize = 0; i < width; i++) store<A>(row + i * sizeof<A>(), load<A>(source + i * sizeof<A>()));
}
