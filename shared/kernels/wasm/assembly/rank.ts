// The element of a given rank among the taps around each element, without branches on the data: by a network of
// exchanges, or by bisection of its value. Floats and 64-bit unsigned integers come as ordered integers (ordered.ts).
import { BOOL, F16, F32, I8, I16, I32, U8, U16, U32 } from "./dtypes";
import { extreme } from "./window-extremes";

/** Elements are worked on in strips of this many bytes. */
const STRIP: usize = 64;
const tail = memory.data(64, 16);

/**
 * By a network: for each of `rows` rows of `n` elements, whose first taps lie at base + starts[row] (u32 bytes), the
 * taps (i32 bytes) go to slots of 64 bytes in `slots`, then through `exchanges` records of three u32: two slots'
 * byte offsets, and what is kept: 3 both, the lesser in the first; 1 the lesser alone; 2 the greater alone, in the
 * second. The result is at `result` bytes. Reads up to 64 bytes beyond the last tap.
 */
export function rankByNetwork(
  dtype: i32,
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  count: usize,
  network: usize,
  exchanges: usize,
  result: usize,
  slots: usize,
  dst: usize,
): void {
  if (dtype == BOOL || dtype == U8)
    byNetwork<u8>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
  else if (dtype == I8)
    byNetwork<i8>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
  else if (dtype == U16)
    byNetwork<u16>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
  else if (dtype == I16 || dtype == F16)
    byNetwork<i16>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
  else if (dtype == U32)
    byNetwork<u32>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
  else if (dtype == I32 || dtype == F32)
    byNetwork<i32>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
  else byNetwork<i64>(base, starts, rows, n, taps, count, network, exchanges, result, slots, dst);
}

function byNetwork<T>(
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  count: usize,
  network: usize,
  exchanges: usize,
  result: usize,
  slots: usize,
  dst: usize,
): void {
  const bytes = n * sizeof<T>();
  const end = network + exchanges * 12;
  for (let r: usize = 0; r < rows; r++) {
    const row = base + <usize>load<u32>(starts + r * 4);
    const to = dst + r * bytes;
    for (let at: usize = 0; at < bytes; at += STRIP) {
      for (let tap: usize = 0; tap < count; tap++) {
        const from = row + at + <usize>load<i32>(taps + tap * 4);
        const slot = slots + tap * STRIP;
        v128.store(slot, v128.load(from));
        v128.store(slot, v128.load(from, 16), 16);
        v128.store(slot, v128.load(from, 32), 32);
        v128.store(slot, v128.load(from, 48), 48);
      }
      for (let record = network; record < end; record += 12) {
        exchange<T>(slots + load<u32>(record), slots + load<u32>(record, 4), load<u32>(record, 8));
      }
      put(to + at, slots + result, bytes - at);
    }
  }
}

function exchange<T>(p: usize, q: usize, kept: u32): void {
  const a = v128.load(p);
  const b = v128.load(p, 16);
  const c = v128.load(p, 32);
  const d = v128.load(p, 48);
  const e = v128.load(q);
  const f = v128.load(q, 16);
  const g = v128.load(q, 32);
  const h = v128.load(q, 48);
  if (kept & 1) {
    v128.store(p, extreme<T, i32>(a, e));
    v128.store(p, extreme<T, i32>(b, f), 16);
    v128.store(p, extreme<T, i32>(c, g), 32);
    v128.store(p, extreme<T, i32>(d, h), 48);
  }
  if (kept & 2) {
    v128.store(q, extreme<T, u32>(a, e));
    v128.store(q, extreme<T, u32>(b, f), 16);
    v128.store(q, extreme<T, u32>(c, g), 32);
    v128.store(q, extreme<T, u32>(d, h), 48);
  }
}

function put(to: usize, from: usize, bytes: usize): void {
  if (bytes < STRIP) {
    memory.copy(to, from, bytes);
    return;
  }
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/**
 * By bisection, the highest bit first: the value is the greatest that at most `rank` taps are less than. Taps are
 * counted in lanes of the dtype, so there are less than 256 of them for 8 bits, 65,536 for 16. Otherwise as by a network.
 */
export function rankByBisection(
  dtype: i32,
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  count: usize,
  rank: u32,
  dst: usize,
): void {
  if (dtype == BOOL || dtype == U8) byBisection<u8>(base, starts, rows, n, taps, count, rank, dst);
  else if (dtype == I8) byBisection<i8>(base, starts, rows, n, taps, count, rank, dst);
  else if (dtype == U16) byBisection<u16>(base, starts, rows, n, taps, count, rank, dst);
  else if (dtype == I16 || dtype == F16) byBisection<i16>(base, starts, rows, n, taps, count, rank, dst);
  else if (dtype == U32) byBisection<u32>(base, starts, rows, n, taps, count, rank, dst);
  else if (dtype == I32 || dtype == F32) byBisection<i32>(base, starts, rows, n, taps, count, rank, dst);
  else byBisection<i64>(base, starts, rows, n, taps, count, rank, dst);
}

function byBisection<T>(
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  taps: usize,
  count: usize,
  rank: u32,
  dst: usize,
): void {
  const bytes = n * sizeof<T>();
  const end = taps + count * 4;
  const ranks = v128.splat<T>(<T>rank);
  // Signed values are in the order of their bits once the sign is flipped.
  const sign = isSigned<T>() ? v128.splat<T>(<T>((<i64>1) << (8 * sizeof<T>() - 1))) : i64x2.splat(0);
  for (let r: usize = 0; r < rows; r++) {
    const row = base + <usize>load<u32>(starts + r * 4);
    const to = dst + r * bytes;
    for (let at: usize = 0; at < bytes; at += STRIP) {
      let a = i64x2.splat(0);
      let b = a;
      let c = a;
      let d = a;
      for (let bit: i32 = 8 * <i32>sizeof<T>() - 1; bit >= 0; bit--) {
        const step = v128.splat<T>(<T>((<i64>1) << bit));
        const s = v128.xor(v128.or(a, step), sign);
        const t = v128.xor(v128.or(b, step), sign);
        const u = v128.xor(v128.or(c, step), sign);
        const v = v128.xor(v128.or(d, step), sign);
        let i = i64x2.splat(0);
        let j = i;
        let k = i;
        let l = i;
        for (let tap = taps; tap < end; tap += 4) {
          const from = row + at + <usize>load<i32>(tap);
          i = v128.sub<T>(i, less<T>(v128.load(from), s));
          j = v128.sub<T>(j, less<T>(v128.load(from, 16), t));
          k = v128.sub<T>(k, less<T>(v128.load(from, 32), u));
          l = v128.sub<T>(l, less<T>(v128.load(from, 48), v));
        }
        a = v128.bitselect(a, v128.or(a, step), more<T>(i, ranks));
        b = v128.bitselect(b, v128.or(b, step), more<T>(j, ranks));
        c = v128.bitselect(c, v128.or(c, step), more<T>(k, ranks));
        d = v128.bitselect(d, v128.or(d, step), more<T>(l, ranks));
      }
      v128.store(tail, v128.xor(a, sign));
      v128.store(tail, v128.xor(b, sign), 16);
      v128.store(tail, v128.xor(c, sign), 32);
      v128.store(tail, v128.xor(d, sign), 48);
      put(to + at, tail, bytes - at);
    }
  }
}

function less<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.gt_s(b, a);
  return v128.lt<T>(a, b);
}

/** Of counts, which are not negative; those of 64-bit lanes stay far below the sign. */
function more<T>(count: v128, rank: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.gt_u(count, rank);
  if (sizeof<T>() == 2) return i16x8.gt_u(count, rank);
  if (sizeof<T>() == 4) return i32x4.gt_u(count, rank);
  return i64x2.gt_s(count, rank);
}
