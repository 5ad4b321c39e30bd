// Blocks extended by what lies beyond their ends, for filters that look at a window around each element.
import { fillElements } from "./window-fill";

/**
 * Extends rows of `n` elements of `size` bytes by `before` and `after` elements. `table` has an i32 for each of the
 * `rows` extended rows, the row of the source that stands there, or -1 for one of constants; `edges` an i32 for each
 * element before and after a row, likewise. `constant` points to the constant.
 */
export function padRows(
  size: i32,
  src: usize,
  dst: usize,
  rows: usize,
  table: usize,
  n: usize,
  before: usize,
  after: usize,
  edges: usize,
  constant: usize,
): void {
  const length = before + n + after;
  for (let r: usize = 0; r < rows; r++) {
    const stands = load<i32>(table + r * 4);
    const to = dst + r * length * size;
    if (stands < 0) {
      fillElements(size, to, length, constant);
      continue;
    }
    const from = src + <usize>stands * n * size;
    memory.copy(to + before * size, from, n * size);
    copyEdges(size, to, from, edges, before, constant);
    copyEdges(size, to + (before + n) * size, from, edges + before * 4, after, constant);
  }
}

function copyEdges(size: i32, to: usize, row: usize, edges: usize, count: usize, constant: usize): void {
  for (let e: usize = 0; e < count; e++) {
    const stands = load<i32>(edges + e * 4);
    const from = stands < 0 ? constant : row + <usize>stands * size;
    if (size == 1) store<u8>(to + e, load<u8>(from));
    else if (size == 2) store<u16>(to + e * 2, load<u16>(from));
    else if (size == 4) store<u32>(to + e * 4, load<u32>(from));
    else store<u64>(to + e * 8, load<u64>(from));
  }
}
