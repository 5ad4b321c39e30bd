// Labels that grow into the background, one axis after the other: each element keeps the label of the nearest labelled
// one, and the squared distance to it.

/** Columns that are worked on at a time. */
const PANEL: usize = 8;

/** Squares are 0 at labels, infinity elsewhere; `labels` are integers of `size` bytes. */
export function startExpansion(labels: usize, size: i32, squares: usize, n: usize): void {
  if (size == 1) start<u8>(labels, squares, n);
  else if (size == 2) start<u16>(labels, squares, n);
  else if (size == 4) start<u32>(labels, squares, n);
  else start<u64>(labels, squares, n);
}

function start<T>(labels: usize, squares: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++)
    store<f64>(squares + i * 8, load<T>(labels + i * sizeof<T>()) ? 0 : Infinity);
}

/**
 * Along one axis of (outer, n, inner), in place: from elements at most `most` steps away, of equally near ones that with
 * the lower index. `scratch` has room for n f64 and n labels per column of a panel of 8.
 */
export function expandPass(
  labels: usize,
  size: i32,
  squares: usize,
  outer: usize,
  n: usize,
  inner: usize,
  spacing: f64,
  most: usize,
  scratch: usize,
): void {
  if (size == 1) pass<u8>(labels, squares, outer, n, inner, spacing, most, scratch);
  else if (size == 2) pass<u16>(labels, squares, outer, n, inner, spacing, most, scratch);
  else if (size == 4) pass<u32>(labels, squares, outer, n, inner, spacing, most, scratch);
  else pass<u64>(labels, squares, outer, n, inner, spacing, most, scratch);
}

function pass<T>(
  labels: usize,
  squares: usize,
  outer: usize,
  n: usize,
  inner: usize,
  spacing: f64,
  most: usize,
  scratch: usize,
): void {
  const names = scratch + PANEL * n * 8;
  for (let o: usize = 0; o < outer; o++) {
    for (let x: usize = 0; x < inner; x += PANEL) {
      const width = min(PANEL, inner - x);
      const at = o * n * inner + x;
      for (let i: usize = 0; i < n; i++) {
        for (let w: usize = 0; w < width; w++) {
          store<f64>(scratch + (w * n + i) * 8, load<f64>(squares + (at + i * inner + w) * 8));
          store<T>(names + (w * n + i) * sizeof<T>(), load<T>(labels + (at + i * inner + w) * sizeof<T>()));
        }
      }
      for (let w: usize = 0; w < width; w++) {
        expandLine<T>(
          scratch + w * n * 8,
          names + w * n * sizeof<T>(),
          squares + (at + w) * 8,
          labels + (at + w) * sizeof<T>(),
          n,
          inner,
          spacing,
          most,
        );
      }
    }
  }
}

function expandLine<T>(
  line: usize,
  names: usize,
  squares: usize,
  labels: usize,
  n: usize,
  inner: usize,
  spacing: f64,
  most: usize,
): void {
  let labelled = false;
  for (let i: usize = 0; i < n; i++) labelled = labelled || load<f64>(line + i * 8) != Infinity;
  if (!labelled) return;
  for (let p: usize = 0; p < n; p++) {
    let best = load<f64>(line + p * 8);
    if (best == 0) continue;
    let from = p;
    for (let k: usize = 1; k <= most; k++) {
      const away = spacing * <f64>k;
      const square = away * away;
      if (square > best) break;
      // What is before all that was looked at wins when it is as near; what is after doesn't.
      if (k <= p) {
        const low = load<f64>(line + (p - k) * 8) + square;
        if (low <= best) {
          best = low;
          from = p - k;
        }
      }
      if (p + k < n) {
        const high = load<f64>(line + (p + k) * 8) + square;
        if (high < best) {
          best = high;
          from = p + k;
        }
      }
    }
    store<f64>(squares + p * inner * 8, best);
    store<T>(labels + p * inner * sizeof<T>(), load<T>(names + from * sizeof<T>()));
  }
}

/** 0 for labels that are farther than `distance`. */
export function cutExpansion(labels: usize, size: i32, squares: usize, n: usize, distance: f64): void {
  if (size == 1) cut<u8>(labels, squares, n, distance);
  else if (size == 2) cut<u16>(labels, squares, n, distance);
  else if (size == 4) cut<u32>(labels, squares, n, distance);
  else cut<u64>(labels, squares, n, distance);
}

function cut<T>(labels: usize, squares: usize, n: usize, distance: f64): void {
  for (let i: usize = 0; i < n; i++) {
    if (!(sqrt(load<f64>(squares + i * 8)) <= distance)) store<T>(labels + i * sizeof<T>(), <T>0);
  }
}
