// The median of 3 x 3 and 3 x 3 x 3 windows. Columns across the rows are sorted once for the windows that share them;
// of the sorted columns only those elements go on that may still be the median.
import { BOOL, F16, F32, I16, I32, U8, U16 } from "./dtypes";
import { extreme } from "./window-extremes";

/** Bytes of a row whose sorted columns are kept at a time. */
const PANEL: usize = 1024;
/** From one kept row to the next: a panel, the elements after it, and what whole vectors write beyond. */
const PITCH: usize = PANEL + 64;
const kept = memory.data(9792, 16);
const tail = memory.data(16, 16);

/**
 * For each of `rows` rows of `n` elements the median of the 3 x 3 window (or, where `plane` is not 0, of 3 x 3 x 3)
 * whose first element lies at base + starts[row] (u32 bytes): `pitch` bytes lead to the next row, `plane` to the next
 * plane. Other dtypes go through a network. Reads up to 64 bytes beyond the last.
 */
export function medianOfThree(
  dtype: i32,
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  pitch: usize,
  plane: usize,
  dst: usize,
): void {
  if (dtype == BOOL || dtype == U8) ofThree<u8>(base, starts, rows, n, pitch, plane, dst);
  else if (dtype == U16) ofThree<u16>(base, starts, rows, n, pitch, plane, dst);
  else if (dtype == I16 || dtype == F16) ofThree<i16>(base, starts, rows, n, pitch, plane, dst);
  else if (dtype == I32 || dtype == F32) ofThree<i32>(base, starts, rows, n, pitch, plane, dst);
}

function ofThree<T>(
  base: usize,
  starts: usize,
  rows: usize,
  n: usize,
  pitch: usize,
  plane: usize,
  dst: usize,
): void {
  const bytes = n * sizeof<T>();
  for (let row: usize = 0; row < rows; row++) {
    const from = base + <usize>load<u32>(starts + row * 4);
    const to = dst + row * bytes;
    for (let x: usize = 0; x < bytes; x += PANEL) {
      const width = min(PANEL, bytes - x);
      const wanted = width + 2 * sizeof<T>();
      if (plane) {
        for (let at: usize = 0; at < wanted; at += 16) sortSquare<T>(from + x + at, pitch, plane, at);
        for (let at: usize = 0; at < width; at += 16) put(to + x + at, medianOf27<T>(kept + at, PITCH), width - at);
      } else {
        for (let at: usize = 0; at < wanted; at += 16) sortColumn<T>(from + x + at, pitch, at);
        for (let at: usize = 0; at < width; at += 16) put(to + x + at, medianOf9<T>(kept + at, PITCH), width - at);
      }
    }
  }
}

function put(to: usize, value: v128, bytes: usize): void {
  if (bytes >= 16) {
    v128.store(to, value);
    return;
  }
  v128.store(tail, value);
  memory.copy(to, tail, bytes);
}

function lesser<T>(a: v128, b: v128): v128 {
  return extreme<T, i32>(a, b);
}

function greater<T>(a: v128, b: v128): v128 {
  return extreme<T, u32>(a, b);
}

/** Sorts three rows into the kept rows from `to` on, the least first. */
function keepSorted<T>(to: usize, step: usize, p: v128, q: v128, r: v128): void {
  const low = lesser<T>(p, q);
  const high = greater<T>(p, q);
  v128.store(to, lesser<T>(low, r));
  v128.store(to + step, greater<T>(low, lesser<T>(high, r)));
  v128.store(to + 2 * step, greater<T>(high, r));
}

function sortColumn<T>(from: usize, pitch: usize, at: usize): void {
  keepSorted<T>(kept + at, PITCH, v128.load(from), v128.load(from + pitch), v128.load(from + 2 * pitch));
}

/** Sorts across planes, then across rows: kept row 3 * i + j has what is i-th across planes and j-th across rows. */
function sortSquare<T>(from: usize, pitch: usize, plane: usize, at: usize): void {
  let p = v128.load(from);
  let q = v128.load(from + plane);
  let r = v128.load(from + 2 * plane);
  let low = lesser<T>(p, q);
  let high = greater<T>(p, q);
  const a = lesser<T>(low, r);
  const b = greater<T>(low, lesser<T>(high, r));
  const c = greater<T>(high, r);
  from += pitch;
  p = v128.load(from);
  q = v128.load(from + plane);
  r = v128.load(from + 2 * plane);
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  const d = lesser<T>(low, r);
  const e = greater<T>(low, lesser<T>(high, r));
  const f = greater<T>(high, r);
  from += pitch;
  p = v128.load(from);
  q = v128.load(from + plane);
  r = v128.load(from + 2 * plane);
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  const to = kept + at;
  keepSorted<T>(to, PITCH, a, d, lesser<T>(low, r));
  keepSorted<T>(to + 3 * PITCH, PITCH, b, e, greater<T>(low, lesser<T>(high, r)));
  keepSorted<T>(to + 6 * PITCH, PITCH, c, f, greater<T>(high, r));
}

function median<T>(p: v128, q: v128, r: v128): v128 {
  return greater<T>(lesser<T>(p, q), lesser<T>(greater<T>(p, q), r));
}

/** The median of nine is that of the greatest least, the middle middle, and the least greatest of its sorted columns. */
function medianOf9<T>(rows: usize, pitch: usize): v128 {
  const middle = rows + pitch;
  const top = middle + pitch;
  return median<T>(
    greater<T>(greater<T>(v128.load(rows), v128.load(rows + sizeof<T>())), v128.load(rows + 2 * sizeof<T>())),
    median<T>(v128.load(middle), v128.load(middle + sizeof<T>()), v128.load(middle + 2 * sizeof<T>())),
    lesser<T>(lesser<T>(v128.load(top), v128.load(top + sizeof<T>())), v128.load(top + 2 * sizeof<T>())),
  );
}

/**
 * Once sorted along all three axes, an element at (i, j, k) has (i + 1)(j + 1)(k + 1) - 1 that are not greater and
 * (3 - i)(3 - j)(3 - k) - 1 that are not less: 19 may be the median. Their network was found by search; it is right for
 * all 980 cubes of 0 and 1 that are sorted along each axis, and so for all (Knuth's 0-1 principle).
 */
function medianOf27<T>(rows: usize, pitch: usize): v128 {
  let at = rows;
  let p = v128.load(at);
  let q = v128.load(at + sizeof<T>());
  let r = v128.load(at + 2 * sizeof<T>());
  let v002 = greater<T>(greater<T>(p, q), r);
  at = rows + 1 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  let low = lesser<T>(p, q);
  let high = greater<T>(p, q);
  let v011 = greater<T>(low, lesser<T>(high, r));
  let v012 = greater<T>(high, r);
  at = rows + 2 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  let v020 = lesser<T>(low, r);
  let v021 = greater<T>(low, lesser<T>(high, r));
  let v022 = greater<T>(high, r);
  at = rows + 3 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  let v101 = greater<T>(low, lesser<T>(high, r));
  let v102 = greater<T>(high, r);
  at = rows + 4 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  let v110 = lesser<T>(low, r);
  let v111 = greater<T>(low, lesser<T>(high, r));
  let v112 = greater<T>(high, r);
  at = rows + 5 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  let v120 = lesser<T>(low, r);
  let v121 = greater<T>(low, lesser<T>(high, r));
  at = rows + 6 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  let v200 = lesser<T>(low, r);
  let v201 = greater<T>(low, lesser<T>(high, r));
  let v202 = greater<T>(high, r);
  at = rows + 7 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  low = lesser<T>(p, q);
  high = greater<T>(p, q);
  let v210 = lesser<T>(low, r);
  let v211 = greater<T>(low, lesser<T>(high, r));
  at = rows + 8 * pitch;
  p = v128.load(at);
  q = v128.load(at + sizeof<T>());
  r = v128.load(at + 2 * sizeof<T>());
  let v220 = lesser<T>(lesser<T>(p, q), r);
  v020 = greater<T>(v200, v020);
  v101 = greater<T>(v020, v101);
  v101 = greater<T>(v110, v101);
  v220 = lesser<T>(v220, v211);
  low = lesser<T>(v201, v120);
  v120 = greater<T>(v201, v120);
  v201 = low;
  low = lesser<T>(v201, v210);
  v210 = greater<T>(v201, v210);
  v201 = low;
  v220 = lesser<T>(v220, v202);
  v101 = greater<T>(v002, v101);
  low = lesser<T>(v121, v101);
  v101 = greater<T>(v121, v101);
  v121 = low;
  v011 = greater<T>(v121, v011);
  low = lesser<T>(v012, v011);
  v011 = greater<T>(v012, v011);
  v012 = low;
  v101 = lesser<T>(v101, v120);
  low = lesser<T>(v102, v021);
  v021 = greater<T>(v102, v021);
  v102 = low;
  v220 = lesser<T>(v220, v112);
  low = lesser<T>(v111, v220);
  v220 = greater<T>(v111, v220);
  v111 = low;
  low = lesser<T>(v210, v011);
  v011 = greater<T>(v210, v011);
  v210 = low;
  low = lesser<T>(v210, v012);
  v012 = greater<T>(v210, v012);
  v210 = low;
  v102 = greater<T>(v210, v102);
  low = lesser<T>(v102, v012);
  v012 = greater<T>(v102, v012);
  v102 = low;
  v102 = greater<T>(v201, v102);
  v011 = lesser<T>(v011, v021);
  low = lesser<T>(v101, v111);
  v111 = greater<T>(v101, v111);
  v101 = low;
  v111 = lesser<T>(v111, v022);
  low = lesser<T>(v102, v011);
  v011 = greater<T>(v102, v011);
  v102 = low;
  low = lesser<T>(v012, v111);
  v111 = greater<T>(v012, v111);
  v012 = low;
  v011 = lesser<T>(v011, v111);
  low = lesser<T>(v012, v102);
  v102 = greater<T>(v012, v102);
  v012 = low;
  v011 = lesser<T>(v011, v220);
  v101 = greater<T>(v012, v101);
  low = lesser<T>(v011, v102);
  v102 = greater<T>(v011, v102);
  v011 = low;
  v101 = lesser<T>(v101, v102);
  v011 = greater<T>(v101, v011);
  return v011;
}
