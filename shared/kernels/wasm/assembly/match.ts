// Copies for LZ77 formats. Both may write up to 15 bytes more than asked, and never at or beyond `out`.

/** Beyond this length memory.copy, with its fixed cost of a call, is the faster. */
const LONG: usize = 512;

/** Copies `length` bytes between areas that don't overlap; reads nothing at or beyond `end`. */
export function copyLiterals(op: usize, from: usize, length: usize, out: usize, end: usize): void {
  if (length > LONG || out - op < length + 16 || end - from < length + 16) {
    memory.copy(op, from, length);
    return;
  }
  for (let i: usize = 0; i < length; i += 16) v128.store(op + i, v128.load(from + i));
}

/** By distance, below 8: which of the bytes that repeat each of 16 is, as many times as fit in. */
// prettier-ignore
const PERIODS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
  0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
  0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
], 16);

/** Copies `length` bytes from `distance` back, which isn't 0; where the areas overlap, what was just written is read again. */
export function copyMatch(op: usize, distance: usize, length: usize, out: usize): void {
  const from = op - distance;
  if (out - op >= length + 16) {
    if (distance >= 16) {
      for (let i: usize = 0; i < length; i += 16) v128.store(op + i, v128.load(from + i));
      return;
    }
    if (distance >= 8) {
      for (let i: usize = 0; i < length; i += 8) store<u64>(op + i, load<u64>(from + i));
      return;
    }
    const repeated = i8x16.swizzle(v128.load(from), v128.load(PERIODS + (distance << 4)));
    const step = 16 - (16 % distance);
    for (let i: usize = 0; i < length; i += step) v128.store(op + i, repeated);
    return;
  }
  if (length <= 32) {
    for (let i: usize = 0; i < length; i++) store<u8>(op + i, load<u8>(from + i));
    return;
  }
  // what is written repeats with period `distance`, so each copy may be twice as long as the one before
  let done: usize = 0;
  while (done < length) {
    const part = min(distance + done, length - done);
    memory.copy(op + done, from, part);
    done += part;
  }
}
