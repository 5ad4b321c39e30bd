// The steps of Canny's edge detector after the gradients. A slab is (rows, mid, cols, inner), C order: planes of rows and
// columns, of which there are mid * inner.

/** dst = sqrt(a * a + b * b) */
export function magnitude(double: bool, dst: usize, a: usize, b: usize, n: usize): void {
  if (double) magnitudes<f64>(dst, a, b, dst + n * 8);
  else magnitudes<f32>(dst, a, b, dst + n * 4);
}

function magnitudes<A>(dst: usize, a: usize, b: usize, end: usize): void {
  for (; dst < end; dst += 16, a += 16, b += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    v128.store(dst, v128.sqrt<A>(v128.add<A>(v128.mul<A>(x, x), v128.mul<A>(y, y))));
  }
}

/**
 * Into `dst`, u8: 1 where the magnitude is at least `low` and no smaller than what lies one step along the gradient on
 * either side, interpolated between the two nearest neighbours; 2 where it is at least `high` besides; else 0, and on
 * each plane's outermost rows and columns. `along` and `across` are the gradients along rows and columns.
 */
export function thinEdges(
  double: bool,
  along: usize,
  across: usize,
  size: usize,
  dst: usize,
  rows: usize,
  mid: usize,
  cols: usize,
  inner: usize,
  low: f64,
  high: f64,
): void {
  memory.fill(dst, 0, rows * mid * cols * inner);
  if (double) thin<f64>(along, across, size, dst, rows, mid, cols, inner, low, high);
  else thin<f32>(along, across, size, dst, rows, mid, cols, inner, low, high);
}

function thin<A>(
  along: usize,
  across: usize,
  size: usize,
  dst: usize,
  rows: usize,
  mid: usize,
  cols: usize,
  inner: usize,
  low: f64,
  high: f64,
): void {
  const row = mid * cols * inner;
  for (let y: usize = 1; y + 1 < rows; y++) {
    for (let m: usize = 0; m < mid; m++) {
      const first = y * row + (m * cols + 1) * inner;
      const end = y * row + (m * cols + cols - 1) * inner;
      for (let at = first; at < end; at++) {
        const strength = <f64>load<A>(size + at * sizeof<A>());
        if (!(strength >= low)) continue;
        if (isCrest<A>(along, across, size, at, row, inner, strength)) {
          store<u8>(dst + at, strength >= high ? 2 : 1);
        }
      }
    }
  }
}

/** In scikit-image's precision: the diagonal's share is rounded to `A`, the rest is double. */
function isCrest<A>(
  along: usize,
  across: usize,
  size: usize,
  at: usize,
  row: usize,
  col: usize,
  strength: f64,
): bool {
  const down = load<A>(along + at * sizeof<A>());
  const right = load<A>(across + at * sizeof<A>());
  const agree = down > 0 == right > 0;
  const steep = abs(down);
  const flat = abs(right);
  const byRow = agree ? steep > flat : steep >= flat;
  const share = byRow ? flat / steep : steep / flat;
  // Wraps where it points back.
  const diagonal = (agree ? row + col : col - row) * sizeof<A>();
  const straight = (byRow ? (agree ? row : 0 - row) : col) * sizeof<A>();
  const here = size + at * sizeof<A>();
  const rest = 1.0 - <f64>share;
  const ahead = <f64>(load<A>(here + diagonal) * share) + <f64>load<A>(here + straight) * rest;
  if (!(ahead <= strength)) return false;
  const behind = <f64>(load<A>(here - diagonal) * share) + <f64>load<A>(here - straight) * rest;
  return behind <= strength;
}

/**
 * Into `dst`, u8: 1 where the code is 2, or 1 and joined to such a one by elements that touch by edges or corners within
 * their plane. `stack` has room for an u32 for each element.
 */
export function joinEdges(
  codes: usize,
  dst: usize,
  rows: usize,
  mid: usize,
  cols: usize,
  inner: usize,
  stack: usize,
): void {
  const row = mid * cols * inner;
  const n = rows * row;
  memory.fill(dst, 0, n);
  for (let start: usize = 0; start < n; start++) {
    if (load<u8>(codes + start) != 2 || load<u8>(dst + start)) continue;
    store<u8>(dst + start, 1);
    store<u32>(stack, <u32>start);
    let top = stack + 4;
    while (top > stack) {
      top -= 4;
      // Edges never lie on the outermost rows and columns, so all neighbours are within the plane.
      const at = codes + <usize>load<u32>(top);
      for (let r = at - row; r <= at + row; r += row) {
        for (let c = r - inner; c <= r + inner; c += inner) {
          const there = c - codes;
          if (!load<u8>(c) || load<u8>(dst + there)) continue;
          store<u8>(dst + there, 1);
          store<u32>(top, <u32>there);
          top += 4;
        }
      }
    }
  }
}
