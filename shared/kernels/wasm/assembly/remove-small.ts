import { endOf, startOf } from "./runs";

// Small objects are removed: components of a mask, by its runs (see runs.ts), or labels, by how often each occurs.

/** Writes 1 into `out`, u8, for components of at least `minSize` elements, 0 elsewhere. `sizes` has a u32 for each run. */
export function paintLargeRuns(
  out: usize,
  rows: usize,
  n: usize,
  width: i32,
  rowStart: usize,
  runs: usize,
  parent: usize,
  sizes: usize,
  minSize: u32,
): void {
  if (width == 2) paintLargeRunsOf<u16>(out, rows, n, rowStart, runs, parent, sizes, minSize);
  else paintLargeRunsOf<u32>(out, rows, n, rowStart, runs, parent, sizes, minSize);
}

function paintLargeRunsOf<T>(
  out: usize,
  rows: usize,
  n: usize,
  rowStart: usize,
  runs: usize,
  parent: usize,
  sizes: usize,
  minSize: u32,
): void {
  const count = load<u32>(rowStart + rows * 4);
  memory.fill(sizes, 0, <usize>count * 4);
  for (let i: u32 = 0; i < count; i++) {
    // Parents come first, so theirs is the root by now.
    const root = load<u32>(parent + load<u32>(parent + i * 4) * 4);
    store<u32>(parent + i * 4, root);
    const length = endOf<T>(runs, i) - startOf<T>(runs, i);
    store<u32>(sizes + root * 4, load<u32>(sizes + root * 4) + length);
  }
  for (let row: usize = 0; row < rows; row++) {
    const to = out + row * n;
    memory.fill(to, 0, n);
    const end = load<u32>(rowStart + row * 4, 4);
    for (let i = load<u32>(rowStart + row * 4); i < end; i++) {
      if (load<u32>(sizes + load<u32>(parent + i * 4) * 4) < minSize) continue;
      const start = startOf<T>(runs, i);
      const stop = endOf<T>(runs, i);
      if (stop - start > 64) memory.fill(to + start, 1, stop - start);
      else for (let x = start; x < stop; x++) store<u8>(to + x, 1);
    }
  }
}

/**
 * Copies integers of `size` bytes, with 0 for the values that occur less than `minSize` times. Values are counted in
 * a hash table of 2^bits u64 keys and u32 counts; where it gets half full, in twice as many parts of the values as
 * before, one part after the other, so any number of values fits.
 */
export function removeSmallLabels(
  size: i32,
  src: usize,
  dst: usize,
  n: usize,
  minSize: u32,
  keys: usize,
  counts: usize,
  bits: i32,
): void {
  memory.copy(dst, src, n * size);
  if (size == 1) removeSmallOf<u8>(src, dst, n, minSize, keys, counts, bits);
  else if (size == 2) removeSmallOf<u16>(src, dst, n, minSize, keys, counts, bits);
  else if (size == 4) removeSmallOf<u32>(src, dst, n, minSize, keys, counts, bits);
  else removeSmallOf<u64>(src, dst, n, minSize, keys, counts, bits);
}

function removeSmallOf<T>(
  src: usize,
  dst: usize,
  n: usize,
  minSize: u32,
  keys: usize,
  counts: usize,
  bits: i32,
): void {
  let parts: u64 = 1;
  for (let part: u64 = 0; part < parts; ) {
    if (countPart<T>(src, n, parts, part, keys, counts, bits)) {
      clearPart<T>(src, dst, n, minSize, parts, part, keys, counts, bits);
      part++;
    } else {
      parts <<= 1;
      part = 0;
    }
  }
}

/** The end of the stretch of equal elements that begins at `i`. */
function endOfEqual<T>(src: usize, i: usize, n: usize): usize {
  const value = load<T>(src + i * sizeof<T>());
  do i++;
  while (i < n && load<T>(src + i * sizeof<T>()) == value);
  return i;
}

/** False where the table would be more than half full. */
function countPart<T>(
  src: usize,
  n: usize,
  parts: u64,
  part: u64,
  keys: usize,
  counts: usize,
  bits: i32,
): bool {
  memory.fill(counts, 0, (<usize>4) << bits);
  const most: u32 = ((<u32>1) << bits) >> 1;
  let distinct: u32 = 0;
  for (let i: usize = 0, end: usize = 0; i < n; i = end) {
    const key = <u64>load<T>(src + i * sizeof<T>());
    end = endOfEqual<T>(src, i, n);
    if (key == 0) continue;
    const hash = mix(key);
    if ((hash & (parts - 1)) != part) continue;
    const slot = slotOf(key, hash, keys, counts, bits);
    const count = load<u32>(counts + slot * 4);
    if (count == 0) {
      if (distinct == most) return false;
      distinct++;
      store<u64>(keys + slot * 8, key);
    }
    store<u32>(counts + slot * 4, count + <u32>(end - i));
  }
  return true;
}

function clearPart<T>(
  src: usize,
  dst: usize,
  n: usize,
  minSize: u32,
  parts: u64,
  part: u64,
  keys: usize,
  counts: usize,
  bits: i32,
): void {
  for (let i: usize = 0, end: usize = 0; i < n; i = end) {
    const key = <u64>load<T>(src + i * sizeof<T>());
    end = endOfEqual<T>(src, i, n);
    if (key == 0) continue;
    const hash = mix(key);
    if ((hash & (parts - 1)) != part) continue;
    const slot = slotOf(key, hash, keys, counts, bits);
    if (load<u32>(counts + slot * 4) < minSize)
      memory.fill(dst + i * sizeof<T>(), 0, (end - i) * sizeof<T>());
  }
}

/** The key's slot, or the free one where it belongs. */
function slotOf(key: u64, hash: u64, keys: usize, counts: usize, bits: i32): usize {
  const last: usize = ((<usize>1) << bits) - 1;
  let slot = <usize>(hash >> (64 - bits));
  while (load<u32>(counts + slot * 4) != 0 && load<u64>(keys + slot * 8) != key) slot = (slot + 1) & last;
  return slot;
}

/** The finaliser of MurmurHash3. */
function mix(key: u64): u64 {
  key = (key ^ (key >> 33)) * 0xff51afd7ed558ccd;
  key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53;
  return key ^ (key >> 33);
}
