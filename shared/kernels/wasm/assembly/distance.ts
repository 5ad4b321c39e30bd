// Squared Euclidean distances to the nearest zero, one axis after the other. Arrays are (outer, n, inner), C order, f64.
// Felzenszwalb and Huttenlocher: "Distance transforms of sampled functions", 2012.

/** Columns that are worked on at a time: a cache line of f64. */
const PANEL: usize = 8;

/** Along the first axis: from a mask of bytes, the square of the distance to the nearest 0 of the line, or infinity. */
export function distanceFirst(
  mask: usize,
  dst: usize,
  outer: usize,
  n: usize,
  inner: usize,
  spacing: f64,
): void {
  const pitch = inner * 8;
  for (let o: usize = 0; o < outer; o++) {
    const from = mask + o * n * inner;
    const to = dst + o * n * pitch;
    for (let i: usize = 0; i < n; i++) {
      const row = to + i * pitch;
      for (let x: usize = 0; x < inner; x++) {
        const before = i ? load<f64>(row - pitch + x * 8) + 1 : Infinity;
        store<f64>(row + x * 8, load<u8>(from + i * inner + x) ? before : 0);
      }
    }
    for (let i = n; i > 0; i--) {
      const row = to + (i - 1) * pitch;
      for (let x: usize = 0; x < inner; x++) {
        const after = i < n ? load<f64>(row + pitch + x * 8) + 1 : Infinity;
        store<f64>(row + x * 8, min(load<f64>(row + x * 8), after));
      }
    }
    for (let i: usize = 0; i < n * inner; i++) {
      const distance = load<f64>(to + i * 8) * spacing;
      store<f64>(to + i * 8, distance * distance);
    }
  }
}

/**
 * Along another axis, in place: the least of value[q] + (spacing * (p - q))^2 over the line. `scratch` has room for
 * (PANEL + 1) * n f64 and n i32.
 */
export function distanceNext(
  values: usize,
  outer: usize,
  n: usize,
  inner: usize,
  spacing: f64,
  scratch: usize,
): void {
  const bounds = scratch + PANEL * n * 8;
  const parabolas = bounds + n * 8;
  const square = spacing * spacing;
  for (let o: usize = 0; o < outer; o++) {
    for (let x: usize = 0; x < inner; x += PANEL) {
      const width = min(PANEL, inner - x);
      const from = values + (o * n * inner + x) * 8;
      for (let i: usize = 0; i < n; i++) {
        for (let w: usize = 0; w < width; w++)
          store<f64>(scratch + (w * n + i) * 8, load<f64>(from + (i * inner + w) * 8));
      }
      for (let w: usize = 0; w < width; w++)
        lowerEnvelope(scratch + w * n * 8, from + w * 8, n, inner * 8, square, bounds, parabolas);
    }
  }
}

/** `bounds` has where each of the `parabolas` of the envelope begins to be the lowest. */
function lowerEnvelope(
  line: usize,
  dst: usize,
  n: usize,
  step: usize,
  square: f64,
  bounds: usize,
  parabolas: usize,
): void {
  let count: usize = 0;
  for (let q: usize = 0; q < n; q++) {
    const height = load<f64>(line + q * 8);
    if (height == Infinity) continue;
    let start = -Infinity;
    while (count) {
      const v = <usize>load<i32>(parabolas + (count - 1) * 4);
      const other = load<f64>(line + v * 8);
      const qq = <f64>q;
      const vv = <f64>v;
      start = (height + square * (qq * qq) - (other + square * (vv * vv))) / (2 * square * (qq - vv));
      if (start > load<f64>(bounds + (count - 1) * 8)) break;
      start = -Infinity;
      count--;
    }
    store<i32>(parabolas + count * 4, <i32>q);
    store<f64>(bounds + count * 8, start);
    count++;
  }
  if (!count) return;
  let k: usize = 0;
  for (let p: usize = 0; p < n; p++) {
    while (k + 1 < count && load<f64>(bounds + (k + 1) * 8) < <f64>p) k++;
    const q = <usize>load<i32>(parabolas + k * 4);
    const away = <f64>p - <f64>q;
    store<f64>(dst + p * step, load<f64>(line + q * 8) + square * (away * away));
  }
}

/** In place. */
export function squareRoots(values: usize, n: usize): void {
  const whole = n & ~1;
  for (let i: usize = 0; i < whole; i += 2) v128.store(values + i * 8, f64x2.sqrt(v128.load(values + i * 8)));
  if (whole < n) store<f64>(values + whole * 8, sqrt(load<f64>(values + whole * 8)));
}
