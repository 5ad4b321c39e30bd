/**
 * Copies `length` bytes from `distance` back, as LZ77 formats mean it: where the areas overlap, what was just written
 * is read again. May write up to 15 bytes more, never at or beyond `out`.
 */
export function copyMatch(op: usize, distance: usize, length: usize, out: usize): void {
  const from = op - distance;
  if (distance >= 16 && out - op >= length + 16) {
    for (let i: usize = 0; i < length; i += 16) v128.store(op + i, v128.load(from + i));
  } else if (distance == 1) {
    memory.fill(op, load<u8>(from), length);
  } else {
    // what is written repeats with period `distance`, so each copy may be twice as long as the one before
    let done: usize = 0;
    while (done < length) {
      const part = min(distance + done, length - done);
      memory.copy(op + done, from, part);
      done += part;
    }
  }
}
