import { endOf, startOf } from "./runs";

// From runs (see runs.ts) to labels, and from labels to other labels.

/** Turns `parent` into each run's label, numbered from 1 by first run; gives how many there are. */
export function numberRuns(count: u32, parent: usize): u32 {
  let label: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const up = load<u32>(parent + i * 4);
    // A parent is an earlier run: it has its label already.
    store<u32>(parent + i * 4, up == i ? ++label : load<u32>(parent + up * 4));
  }
  return label;
}

/**
 * Overwrites `labels`, those of the runs, with the C-order index, u32, of each label's first element in `painted`. No label is
 * found before its run, so an index never lies behind the label that is read.
 */
export function collectFirsts(painted: usize, rows: usize, n: usize, rowStart: usize, labels: usize): void {
  let found: u32 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const end = load<u32>(rowStart + row * 4, 4);
    let at = row * n;
    for (let i = load<u32>(rowStart + row * 4); i < end; i++) {
      const label = load<u32>(labels + i * 4);
      if (label <= found) continue;
      while (load<u32>(painted + at * 4) != label) at++;
      store<u32>(labels + found * 4, <u32>at);
      found++;
    }
  }
}

/**
 * Writes each run's label into `out`, u32, and 0 elsewhere. In order, and nothing beyond the run that was read last or, after
 * it, its row: `runs` may lie at the end of `out`.
 */
export function paintLabels(
  out: usize,
  rows: usize,
  n: usize,
  width: i32,
  rowStart: usize,
  runs: usize,
  labels: usize,
): void {
  if (width == 2) paintLabelsOf<u16>(out, rows, n, rowStart, runs, labels);
  else paintLabelsOf<u32>(out, rows, n, rowStart, runs, labels);
}

function paintLabelsOf<T>(
  out: usize,
  rows: usize,
  n: usize,
  rowStart: usize,
  runs: usize,
  labels: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const to = out + row * n * 4;
    let at = to;
    const end = load<u32>(rowStart + row * 4, 4);
    for (let i = load<u32>(rowStart + row * 4); i < end; i++) {
      const label = load<u32>(labels + i * 4);
      const start = to + <usize>startOf<T>(runs, i) * 4;
      const stop = to + <usize>endOf<T>(runs, i) * 4;
      fill(at, start, 0);
      fill(start, stop, label);
      at = stop;
    }
    fill(at, to + n * 4, 0);
  }
}

@inline
function fill(at: usize, stop: usize, value: u32): void {
  const four = i32x4.splat(value);
  for (; at + 16 <= stop; at += 16) v128.store(at, four);
  for (; at < stop; at += 4) store<u32>(at, value);
}

/** out[i] = mapping[labels[i]]; the mapping's entries have 4 or 8 bytes. */
export function mapLabels(labels: usize, out: usize, n: usize, mapping: usize, size: i32): void {
  if (size == 4) {
    for (let i: usize = 0; i < n; i++)
      store<u32>(out + i * 4, load<u32>(mapping + <usize>load<u32>(labels + i * 4) * 4));
  } else {
    for (let i: usize = 0; i < n; i++)
      store<u64>(out + i * 8, load<u64>(mapping + <usize>load<u32>(labels + i * 4) * 8));
  }
}
