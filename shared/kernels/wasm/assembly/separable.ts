// One pass of a separable filter along one axis: a weighted sum of elements at fixed distances, symmetric (even) or
// antisymmetric (odd) about the centre. The array is (outer, n, inner), C order. A pass works on panels of some of the
// inner columns, and streams their rows through a buffer of `block` rows with `radius` rows more at either end, so
// source and destination may be the same array. Whole vectors are computed, tails in a vector of their own, so each
// element gets the same operations wherever it lies.
import { cast } from "./cast";
import { F32, F64, sizeOfDType } from "./dtypes";
import { canonical } from "./lanes";

/**
 * The parameters are those of shared/kernels/separable.ts. `edges` holds the row within [0, n) that stands for each of
 * the 2 * radius rows beyond the ends, or -1 for the constant; `weights` those of distance 0 to radius. `block` is at
 * least the smaller of n and radius. `saved` has room for radius rows where block < n. `final` makes NaNs canonical.
 */
export function separablePass(
  dtype: i32,
  src: usize,
  dst: usize,
  double: bool,
  odd: bool,
  outer: usize,
  n: usize,
  inner: usize,
  radius: usize,
  weights: usize,
  edges: usize,
  constant: f64,
  panel: usize,
  block: usize,
  buffer: usize,
  saved: usize,
  final: bool,
): void {
  const size = sizeOfDType(double ? F64 : F32);
  const srcSize = sizeOfDType(dtype);
  for (let o: usize = 0; o < outer; o++) {
    for (let x: usize = 0; x < inner; x += panel) {
      const at = o * n * inner + x;
      const width = min(panel, inner - x);
      const from = src + at * srcSize;
      const to = dst + at * size;
      if (double) {
        if (odd)
          filterPanel<f64, i32>(
            dtype,
            from,
            to,
            n,
            inner,
            width,
            panel,
            radius,
            weights,
            edges,
            constant,
            block,
            buffer,
            saved,
            final,
          );
        else
          filterPanel<f64, u32>(
            dtype,
            from,
            to,
            n,
            inner,
            width,
            panel,
            radius,
            weights,
            edges,
            constant,
            block,
            buffer,
            saved,
            final,
          );
      } else {
        if (odd)
          filterPanel<f32, i32>(
            dtype,
            from,
            to,
            n,
            inner,
            width,
            panel,
            radius,
            weights,
            edges,
            constant,
            block,
            buffer,
            saved,
            final,
          );
        else
          filterPanel<f32, u32>(
            dtype,
            from,
            to,
            n,
            inner,
            width,
            panel,
            radius,
            weights,
            edges,
            constant,
            block,
            buffer,
            saved,
            final,
          );
      }
    }
  }
}

/** `A` is what is computed in; `P` is signed for antisymmetric weights. */
function filterPanel<A, P>(
  dtype: i32,
  src: usize,
  dst: usize,
  n: usize,
  inner: usize,
  width: usize,
  panel: usize,
  radius: usize,
  weights: usize,
  edges: usize,
  constant: f64,
  block: usize,
  buffer: usize,
  saved: usize,
  final: bool,
): void {
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
      accumulate<A, P>(
        dst + start * dstPitch,
        origin + start * pitch,
        pitch,
        rows * pitch,
        radius,
        weights,
        final,
      );
    } else {
      for (let r = start; r < start + rows; r++) {
        accumulate<A, P>(dst + r * dstPitch, origin + r * pitch, pitch, bytes, radius, weights, final);
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

const last = memory.data(16, 16);

/** `bytes` of output; the element at distance k lies k * step bytes away. */
function accumulate<A, P>(
  dst: usize,
  src: usize,
  step: usize,
  bytes: usize,
  radius: usize,
  weights: usize,
  final: bool,
): void {
  const end = weights + radius * sizeof<A>();
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    const centre = src + at;
    let w = v128.load_splat<A>(weights);
    let a = v128.mul<A>(w, v128.load(centre));
    let b = v128.mul<A>(w, v128.load(centre, 16));
    let c = v128.mul<A>(w, v128.load(centre, 32));
    let d = v128.mul<A>(w, v128.load(centre, 48));
    let low = centre;
    let high = centre;
    for (let k = weights; k < end; ) {
      k += sizeof<A>();
      low -= step;
      high += step;
      w = v128.load_splat<A>(k);
      a = v128.add<A>(a, v128.mul<A>(w, fold<A, P>(v128.load(low), v128.load(high))));
      b = v128.add<A>(b, v128.mul<A>(w, fold<A, P>(v128.load(low, 16), v128.load(high, 16))));
      c = v128.add<A>(c, v128.mul<A>(w, fold<A, P>(v128.load(low, 32), v128.load(high, 32))));
      d = v128.add<A>(d, v128.mul<A>(w, fold<A, P>(v128.load(low, 48), v128.load(high, 48))));
    }
    if (final) {
      a = canonical<A>(a);
      b = canonical<A>(b);
      c = canonical<A>(c);
      d = canonical<A>(d);
    }
    v128.store(dst + at, a);
    v128.store(dst + at, b, 16);
    v128.store(dst + at, c, 32);
    v128.store(dst + at, d, 48);
  }
  for (; at < bytes; at += 16) {
    let a = v128.mul<A>(v128.load_splat<A>(weights), v128.load(src + at));
    let low = src + at;
    let high = low;
    for (let k = weights; k < end; ) {
      k += sizeof<A>();
      low -= step;
      high += step;
      a = v128.add<A>(a, v128.mul<A>(v128.load_splat<A>(k), fold<A, P>(v128.load(low), v128.load(high))));
    }
    if (final) a = canonical<A>(a);
    if (at + 16 <= bytes) {
      v128.store(dst + at, a);
    } else {
      v128.store(last, a);
      for (let i: usize = 0; i < bytes - at; i += sizeof<A>()) store<A>(dst + at + i, load<A>(last + i));
    }
  }
}

function fold<A, P>(low: v128, high: v128): v128 {
  return isSigned<P>() ? v128.sub<A>(high, low) : v128.add<A>(low, high);
}
