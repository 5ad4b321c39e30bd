// Connected components by runs: a run is a stretch of nonzero elements along the last axis. Rows are numbered in C order
// over the other axes. Tables: `rowStart` the first run of each row and of the one after the last, u32; `runs` pairs
// of first element and end, by row, of `width` bytes each: u16 where rows are that short, since a mask may have half as many
// runs as elements, else u32; `parent` a run of the same component, in the end the first one, u32. He, Chao, Suzuki:
// "A run-based two-scan labeling algorithm", 2008.

/** The first element of a run. */
// @ts-ignore: decorator
@inline
export function startOf<T>(runs: usize, i: u32): u32 {
  return <u32>load<T>(runs + <usize>i * 2 * sizeof<T>());
}

/** One past the last element of a run. */
// @ts-ignore: decorator
@inline
export function endOf<T>(runs: usize, i: u32): u32 {
  return <u32>load<T>(runs + (<usize>i * 2 + 1) * sizeof<T>());
}

/** How many runs there are. `size` is the bytes of an element, which may be of any integer dtype. */
export function countRuns(mask: usize, size: i32, rows: usize, n: usize): u32 {
  let total: u32 = 0;
  for (let row: usize = 0; row < rows; row++) {
    let before: u64 = 0;
    for (let x: usize = 0; x < n; x += 64) {
      const word = nonzero(mask + (row * n + x) * size, size, min<usize>(64, n - x));
      total += <u32>popcnt(word & ~((word << 1) | before));
      before = word >> 63;
    }
  }
  return total;
}

/** Fills `rowStart` and `runs`, and makes each run its own component. */
export function findRuns(
  mask: usize,
  size: i32,
  rows: usize,
  n: usize,
  width: i32,
  rowStart: usize,
  runs: usize,
  parent: usize,
): void {
  if (width == 2) findRunsOf<u16>(mask, size, rows, n, rowStart, runs, parent);
  else findRunsOf<u32>(mask, size, rows, n, rowStart, runs, parent);
}

function findRunsOf<T>(
  mask: usize,
  size: i32,
  rows: usize,
  n: usize,
  rowStart: usize,
  runs: usize,
  parent: usize,
): void {
  const pair = 2 * sizeof<T>();
  let out = runs;
  for (let row: usize = 0; row < rows; row++) {
    store<u32>(rowStart + row * 4, <u32>((out - runs) / pair));
    let before: u64 = 0;
    for (let x: usize = 0; x < n; x += 64) {
      const word = nonzero(mask + (row * n + x) * size, size, min<usize>(64, n - x));
      // Where an element differs from the one before it, a run begins or, in turn, has ended.
      let changes = word ^ ((word << 1) | before);
      before = word >> 63;
      while (changes) {
        store<T>(out, <T>(<u32>x + <u32>ctz(changes)));
        out += sizeof<T>();
        changes &= changes - 1;
      }
    }
    if (before) {
      store<T>(out, <T>n);
      out += sizeof<T>();
    }
  }
  const count = <u32>((out - runs) / pair);
  store<u32>(rowStart + rows * 4, count);
  for (let i: u32 = 0; i < count; i++) store<u32>(parent + i * 4, i);
}

/** A bit for each of `count` elements (64 at most) that is not zero. */
function nonzero(at: usize, size: i32, count: usize): u64 {
  let bits: u64 = 0;
  if (count < 64) {
    for (let i: usize = 0; i < count; i++) bits |= u64(loadUnsigned(at + i * size, size) != 0) << i;
    return bits;
  }
  const zero = i8x16.splat(0);
  if (size == 1) {
    bits = <u64>i8x16.bitmask(i8x16.ne(v128.load(at), zero));
    bits |= (<u64>i8x16.bitmask(i8x16.ne(v128.load(at, 16), zero))) << 16;
    bits |= (<u64>i8x16.bitmask(i8x16.ne(v128.load(at, 32), zero))) << 32;
    return bits | ((<u64>i8x16.bitmask(i8x16.ne(v128.load(at, 48), zero))) << 48);
  }
  if (size == 2) {
    for (let i: usize = 0; i < 64; i += 8)
      bits |= (<u64>i16x8.bitmask(i16x8.ne(v128.load(at + i * 2), zero))) << i;
  } else if (size == 4) {
    for (let i: usize = 0; i < 64; i += 4)
      bits |= (<u64>i32x4.bitmask(i32x4.ne(v128.load(at + i * 4), zero))) << i;
  } else {
    for (let i: usize = 0; i < 64; i += 2)
      bits |= (<u64>i64x2.bitmask(i64x2.ne(v128.load(at + i * 8), zero))) << i;
  }
  return bits;
}

function loadUnsigned(at: usize, size: i32): u64 {
  if (size == 1) return <u64>load<u8>(at);
  if (size == 2) return <u64>load<u16>(at);
  if (size == 4) return <u64>load<u32>(at);
  return load<u64>(at);
}

/**
 * Joins the runs that touch. `dims` are the sizes of the `axes` axes before the last, `at` as many u32 to count in.
 * `steps` has a record of i32 for each preceding row that may touch: how many rows back, 1 where diagonals along the
 * last axis touch too, then the step along each axis (-1, 0, 1).
 */
export function joinRuns(
  axes: i32,
  dims: usize,
  at: usize,
  rows: usize,
  steps: usize,
  stepCount: i32,
  width: i32,
  rowStart: usize,
  runs: usize,
  parent: usize,
): void {
  const record: usize = 8 + 4 * <usize>axes;
  memory.fill(at, 0, 4 * <usize>axes);
  for (let row: usize = 0; row < rows; row++) {
    const first = load<u32>(rowStart + row * 4);
    const end = load<u32>(rowStart + row * 4, 4);
    if (first < end) {
      for (let s = 0; s < stepCount; s++) {
        const step = steps + <usize>s * record;
        if (!isInside(axes, dims, at, step + 8)) continue;
        const other = row - load<u32>(step);
        const from = load<u32>(rowStart + other * 4);
        const to = load<u32>(rowStart + other * 4, 4);
        const diagonal = load<u32>(step, 4);
        if (width == 2) joinRows<u16>(first, end, from, to, diagonal, runs, parent);
        else joinRows<u32>(first, end, from, to, diagonal, runs, parent);
      }
    }
    for (let axis = axes - 1; axis >= 0; axis--) {
      const place = at + 4 * <usize>axis;
      const next = load<u32>(place) + 1;
      if (next < load<u32>(dims + 4 * <usize>axis)) {
        store<u32>(place, next);
        break;
      }
      store<u32>(place, 0);
    }
  }
}

function isInside(axes: i32, dims: usize, at: usize, step: usize): bool {
  for (let axis = 0; axis < axes; axis++) {
    // Before 0 it wraps round to far above.
    const there = load<u32>(at + 4 * <usize>axis) + load<u32>(step + 4 * <usize>axis);
    if (there >= load<u32>(dims + 4 * <usize>axis)) return false;
  }
  return true;
}

function joinRows<T>(
  i: u32,
  iEnd: u32,
  j: u32,
  jEnd: u32,
  diagonal: u32,
  runs: usize,
  parent: usize,
): void {
  while (i < iEnd && j < jEnd) {
    const a = startOf<T>(runs, i);
    const aEnd = endOf<T>(runs, i);
    const b = startOf<T>(runs, j);
    const bEnd = endOf<T>(runs, j);
    if (a < bEnd + diagonal && b < aEnd + diagonal) unite(parent, i, j);
    // What comes after the run that ends first is the only one that can still touch the other.
    if (aEnd < bEnd) i++;
    else j++;
  }
}

/** The first run of a component stands for it. */
function unite(parent: usize, a: u32, b: u32): void {
  a = findRoot(parent, a);
  b = findRoot(parent, b);
  if (a < b) store<u32>(parent + b * 4, a);
  else store<u32>(parent + a * 4, b);
}

function findRoot(parent: usize, i: u32): u32 {
  let up = load<u32>(parent + i * 4);
  while (up != i) {
    const above = load<u32>(parent + up * 4);
    store<u32>(parent + i * 4, above);
    i = above;
    up = load<u32>(parent + i * 4);
  }
  return i;
}
