/**
 * An order of a grid's cells in which near cells come near each other: the longest axis is halved (at a power of
 * two) again and again, so on a power-of-two cube it is Morton order. Works for any grid shape, one cell at a time, so ten
 * million tasks need no table.
 */
export function cellAt(index: number, grid: readonly number[]): number[] {
  const start = grid.map(() => 0);
  const size = grid.slice();
  let rest = index;
  for (;;) {
    const axis = longestAxis(size);
    if (axis < 0) return start;
    const first = half(size[axis]!);
    let cells = first;
    for (let i = 0; i < size.length; i++) if (i !== axis) cells *= size[i]!;
    if (rest < cells) size[axis] = first;
    else {
      rest -= cells;
      start[axis]! += first;
      size[axis]! -= first;
    }
  }
}

/** The inverse of `cellAt`. */
export function indexOfCell(cell: readonly number[], grid: readonly number[]): number {
  const start = grid.map(() => 0);
  const size = grid.slice();
  let index = 0;
  for (;;) {
    const axis = longestAxis(size);
    if (axis < 0) return index;
    const first = half(size[axis]!);
    if (cell[axis]! < start[axis]! + first) size[axis] = first;
    else {
      let cells = first;
      for (let i = 0; i < size.length; i++) if (i !== axis) cells *= size[i]!;
      index += cells;
      start[axis]! += first;
      size[axis]! -= first;
    }
  }
}

/** The largest power of two below n. */
function half(n: number): number {
  let p = 1;
  while (p * 2 < n) p *= 2;
  return p;
}

/** The first of the longest axes; leading axes are split first, so that a batch stays within few planes. -1: one cell is left. */
function longestAxis(size: readonly number[]): number {
  let axis = -1;
  for (let i = 0; i < size.length; i++) if (size[i]! > (axis < 0 ? 1 : size[axis]!)) axis = i;
  return axis;
}
