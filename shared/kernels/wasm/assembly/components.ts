import { endOf, startOf } from "./runs";

// Whole components chosen by a property: what a block knows of its components' runs (see runs.ts), and the mask of those
// that are kept.

/** sizes[label - 1] = elements of the label in this block, u32; `sizes` is 0 before. */
export function sizeLabels(count: u32, width: i32, runs: usize, labels: usize, sizes: usize): void {
  if (width == 2) sizeLabelsOf<u16>(count, runs, labels, sizes);
  else sizeLabelsOf<u32>(count, runs, labels, sizes);
}

function sizeLabelsOf<T>(count: u32, runs: usize, labels: usize, sizes: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = sizes + <usize>(load<u32>(labels + i * 4) - 1) * 4;
    store<u32>(at, load<u32>(at) + endOf<T>(runs, i) - startOf<T>(runs, i));
  }
}

/** flags[label - 1] = 1, u32, where an element of the label, u8, is at least `least`; `flags` is 0 before. */
export function flagLabels(
  mask: usize,
  rows: usize,
  n: usize,
  width: i32,
  rowStart: usize,
  runs: usize,
  labels: usize,
  least: u32,
  flags: usize,
): void {
  if (width == 2) flagLabelsOf<u16>(mask, rows, n, rowStart, runs, labels, least, flags);
  else flagLabelsOf<u32>(mask, rows, n, rowStart, runs, labels, least, flags);
}

function flagLabelsOf<T>(
  mask: usize,
  rows: usize,
  n: usize,
  rowStart: usize,
  runs: usize,
  labels: usize,
  least: u32,
  flags: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const end = load<u32>(rowStart + row * 4, 4);
    for (let i = load<u32>(rowStart + row * 4); i < end; i++) {
      const flag = flags + <usize>(load<u32>(labels + i * 4) - 1) * 4;
      if (load<u32>(flag)) continue;
      const from = mask + row * n;
      const stop = from + endOf<T>(runs, i);
      for (let at = from + startOf<T>(runs, i); at < stop; at++) {
        if (<u32>load<u8>(at) < least) continue;
        store<u32>(flag, 1);
        break;
      }
    }
  }
}

/** Writes `inside` into `out`, u8, for the labels whose kept[label - 1] is 1, and `outside` everywhere else. */
export function paintKept(
  out: usize,
  rows: usize,
  n: usize,
  width: i32,
  rowStart: usize,
  runs: usize,
  labels: usize,
  kept: usize,
  inside: u32,
  outside: u32,
): void {
  if (width == 2) paintKeptOf<u16>(out, rows, n, rowStart, runs, labels, kept, inside, outside);
  else paintKeptOf<u32>(out, rows, n, rowStart, runs, labels, kept, inside, outside);
}

function paintKeptOf<T>(
  out: usize,
  rows: usize,
  n: usize,
  rowStart: usize,
  runs: usize,
  labels: usize,
  kept: usize,
  inside: u32,
  outside: u32,
): void {
  memory.fill(out, <u8>outside, rows * n);
  for (let row: usize = 0; row < rows; row++) {
    const to = out + row * n;
    const end = load<u32>(rowStart + row * 4, 4);
    for (let i = load<u32>(rowStart + row * 4); i < end; i++) {
      if (!load<u8>(kept + <usize>load<u32>(labels + i * 4) - 1)) continue;
      const start = startOf<T>(runs, i);
      memory.fill(to + start, <u8>inside, endOf<T>(runs, i) - start);
    }
  }
}

/** out[i] = 1, u8, where the integer of `size` bytes at i is 0. */
export function isZero(src: usize, size: i32, n: usize, out: usize): void {
  if (size == 1) {
    const one = i8x16.splat(1);
    const zero = i8x16.splat(0);
    let i: usize = 0;
    for (; i + 16 <= n; i += 16) v128.store(out + i, v128.and(i8x16.eq(v128.load(src + i), zero), one));
    for (; i < n; i++) store<u8>(out + i, u8(load<u8>(src + i) == 0));
  } else if (size == 2) {
    for (let i: usize = 0; i < n; i++) store<u8>(out + i, u8(load<u16>(src + i * 2) == 0));
  } else if (size == 4) {
    for (let i: usize = 0; i < n; i++) store<u8>(out + i, u8(load<u32>(src + i * 4) == 0));
  } else {
    for (let i: usize = 0; i < n; i++) store<u8>(out + i, u8(load<u64>(src + i * 8) == 0));
  }
}

/** into[i] += from[i], u8. */
export function addBytes(into: usize, from: usize, n: usize): void {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) v128.store(into + i, i8x16.add(v128.load(into + i), v128.load(from + i)));
  for (; i < n; i++) store<u8>(into + i, load<u8>(into + i) + load<u8>(from + i));
}
