// The least or the greatest element of a window around each element: along one axis by combining ever longer
// stretches (a minimum may count an element twice), or over any set of taps. Float16 and 64-bit unsigned integers come
// as ordered integers (ordered.ts).
import { BOOL, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64 } from "./dtypes";
import { canonical } from "./lanes";
import { fillElements } from "./window-fill";

const tail = memory.data(16, 16);

/**
 * Along the middle axis of (outer, n, inner): element i becomes the extreme of [i - before, i - before + window).
 * `edges` has the row, or -1 for the constant, that stands for each of the window - 1 rows beyond the ends. Works on
 * panels of `panel` columns; `buffer` holds n + window - 1 rows of a panel and 64 bytes more, so source and
 * destination may be the same.
 */
export function extremePass(
  dtype: i32,
  greatest: bool,
  src: usize,
  dst: usize,
  outer: usize,
  n: usize,
  inner: usize,
  window: usize,
  before: usize,
  edges: usize,
  constant: usize,
  panel: usize,
  buffer: usize,
): void {
  if (dtype == BOOL || dtype == U8) {
    if (greatest) pass<u8, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<u8, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == I8) {
    if (greatest) pass<i8, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<i8, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == U16) {
    if (greatest) pass<u16, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<u16, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == I16 || dtype == F16) {
    if (greatest) pass<i16, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<i16, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == U32) {
    if (greatest) pass<u32, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<u32, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == I32) {
    if (greatest) pass<i32, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<i32, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == F32) {
    if (greatest) pass<f32, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<f32, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == F64) {
    if (greatest) pass<f64, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<f64, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  } else if (dtype == I64 || dtype == U64) {
    if (greatest) pass<i64, u32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
    else pass<i64, i32>(src, dst, outer, n, inner, window, before, edges, constant, panel, buffer);
  }
}

/** The lesser elements where `O` is signed, else the greater ones. A NaN wins. */
export function extreme<T, O>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8 && !isFloat<T>()) {
    return isSigned<O>() ? v128.bitselect(b, a, i64x2.gt_s(a, b)) : v128.bitselect(a, b, i64x2.gt_s(a, b));
  }
  return isSigned<O>() ? v128.min<T>(a, b) : v128.max<T>(a, b);
}

function pass<T, O>(
  src: usize,
  dst: usize,
  outer: usize,
  n: usize,
  inner: usize,
  window: usize,
  before: usize,
  edges: usize,
  constant: usize,
  panel: usize,
  buffer: usize,
): void {
  const size = sizeof<T>();
  for (let o: usize = 0; o < outer; o++) {
    for (let x: usize = 0; x < inner; x += panel) {
      const width = min(panel, inner - x);
      const from = src + (o * n * inner + x) * size;
      const to = dst + (o * n * inner + x) * size;
      const pitch = width * size;
      gather<T>(from, buffer, n, inner, width, window, before, edges, constant);
      let length: usize = 1;
      let bytes = (n + window - 1) * pitch;
      while (length + length < window) {
        bytes -= length * pitch;
        combine<T, O>(buffer, buffer, buffer + length * pitch, (bytes + 15) & ~15);
        length *= 2;
      }
      const shift = (window - length) * pitch;
      if (width == inner) combine<T, O>(to, buffer, buffer + shift, n * pitch);
      else {
        for (let r: usize = 0; r < n; r++) {
          const row = buffer + r * pitch;
          combine<T, O>(to + r * inner * size, row, row + shift, pitch);
        }
      }
    }
  }
}

function gather<T>(
  src: usize,
  buffer: usize,
  n: usize,
  inner: usize,
  width: usize,
  window: usize,
  before: usize,
  edges: usize,
  constant: usize,
): void {
  const size = sizeof<T>();
  const pitch = width * size;
  for (let e: usize = 0; e < window - 1; e++) {
    const stands = load<i32>(edges + e * 4);
    const row = buffer + (e < before ? e : e + n) * pitch;
    if (stands < 0) fillElements(<i32>size, row, width, constant);
    else if (width == 1) store<T>(row, load<T>(src + <usize>stands * inner * size));
    else memory.copy(row, src + <usize>stands * inner * size, pitch);
  }
  const rows = buffer + before * pitch;
  if (width == inner) memory.copy(rows, src, n * pitch);
  else for (let r: usize = 0; r < n; r++) memory.copy(rows + r * pitch, src + r * inner * size, pitch);
}

/** `dst` may be `a`: what `b` reads is not written yet. */
function combine<T, O>(dst: usize, a: usize, b: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    const p = extreme<T, O>(v128.load(a + at), v128.load(b + at));
    const q = extreme<T, O>(v128.load(a + at, 16), v128.load(b + at, 16));
    const r = extreme<T, O>(v128.load(a + at, 32), v128.load(b + at, 32));
    const s = extreme<T, O>(v128.load(a + at, 48), v128.load(b + at, 48));
    v128.store(dst + at, settled<T>(p));
    v128.store(dst + at, settled<T>(q), 16);
    v128.store(dst + at, settled<T>(r), 32);
    v128.store(dst + at, settled<T>(s), 48);
  }
  for (; at + 16 <= bytes; at += 16) {
    v128.store(dst + at, settled<T>(extreme<T, O>(v128.load(a + at), v128.load(b + at))));
  }
  if (at < bytes) {
    v128.store(tail, settled<T>(extreme<T, O>(v128.load(a + at), v128.load(b + at))));
    memory.copy(dst + at, tail, bytes - at);
  }
}

function settled<T>(v: v128): v128 {
  return isFloat<T>() ? canonical<T>(v) : v;
}

/**
 * Over taps: for each of `rows` rows of `n` elements, whose first element lies at base + starts[row] (u32 bytes) in an
 * extended block, the extreme of the elements at `taps` (i32 bytes) from each. Reads up to 64 bytes beyond the last.
 */
export function extremeTaps(
  dtype: i32,
  greatest: bool,
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  count: usize,
  dst: usize,
): void {
  if (dtype == BOOL || dtype == U8) {
    if (greatest) overTaps<u8, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<u8, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == I8) {
    if (greatest) overTaps<i8, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<i8, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == U16) {
    if (greatest) overTaps<u16, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<u16, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == I16 || dtype == F16) {
    if (greatest) overTaps<i16, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<i16, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == U32) {
    if (greatest) overTaps<u32, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<u32, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == I32) {
    if (greatest) overTaps<i32, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<i32, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == F32) {
    if (greatest) overTaps<f32, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<f32, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == F64) {
    if (greatest) overTaps<f64, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<f64, i32>(base, starts, rows, n, taps, count, dst);
  } else if (dtype == I64 || dtype == U64) {
    if (greatest) overTaps<i64, u32>(base, starts, rows, n, taps, count, dst);
    else overTaps<i64, i32>(base, starts, rows, n, taps, count, dst);
  }
}

function overTaps<T, O>(
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  count: usize,
  dst: usize,
): void {
  const bytes = n * sizeof<T>();
  const end = taps + count * 4;
  for (let r: usize = 0; r < rows; r++) {
    const row = base + <usize>load<u32>(starts + r * 4);
    const to = dst + r * bytes;
    let at: usize = 0;
    for (; at + 64 <= bytes; at += 64) {
      const centre = row + at;
      let from = centre + <usize>load<i32>(taps);
      let p = v128.load(from);
      let q = v128.load(from, 16);
      let s = v128.load(from, 32);
      let t = v128.load(from, 48);
      for (let tap = taps + 4; tap < end; tap += 4) {
        from = centre + <usize>load<i32>(tap);
        p = extreme<T, O>(p, v128.load(from));
        q = extreme<T, O>(q, v128.load(from, 16));
        s = extreme<T, O>(s, v128.load(from, 32));
        t = extreme<T, O>(t, v128.load(from, 48));
      }
      v128.store(to + at, settled<T>(p));
      v128.store(to + at, settled<T>(q), 16);
      v128.store(to + at, settled<T>(s), 32);
      v128.store(to + at, settled<T>(t), 48);
    }
    for (; at < bytes; at += 16) {
      let p = v128.load(row + at + <usize>load<i32>(taps));
      for (let tap = taps + 4; tap < end; tap += 4) {
        p = extreme<T, O>(p, v128.load(row + at + <usize>load<i32>(tap)));
      }
      p = settled<T>(p);
      if (at + 16 <= bytes) v128.store(to + at, p);
      else {
        v128.store(tail, p);
        memory.copy(to + at, tail, bytes - at);
      }
    }
  }
}
