import type { Slab } from "./accumulator.ts";

interface Group {
  size: number;
  readonly reduced: boolean;
}

/**
 * Cuts a C-order block into pieces [outer][reduced][inner] whose outputs are contiguous, for a reduction over `axes`.
 * Usually one piece; interleaved axes give one for each position of the leading groups. `src` counts elements.
 */
export function* slabs(shape: readonly number[], axes: readonly number[]): Generator<Slab> {
  const groups = collapse(shape, axes);
  if (groups.some((group) => group.size === 0)) return;
  const inner = groups.at(-1)?.reduced === false ? groups.pop()!.size : 1;
  const reduced = groups.pop()?.size ?? 1;
  const outer = groups.pop()?.size ?? 1;
  yield* lead(groups, { src: 0, at: 0, outer, reduced, inner, first: 0 });
}

/** Neighbouring axes of one fate as one; axes of size 1 go. What is left alternates. */
function collapse(shape: readonly number[], axes: readonly number[]): Group[] {
  const groups: Group[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const reduced = axes.includes(axis);
    const last = groups.at(-1);
    if (last?.reduced === reduced) last.size *= size;
    else groups.push({ size, reduced });
  }
  return groups;
}

function* lead(groups: readonly Group[], piece: Slab): Generator<Slab> {
  const group = groups.at(-1);
  if (!group) {
    yield piece;
    return;
  }
  // the stride of a group is all that lies behind it; its output stride, all that is kept behind it
  let src = piece.outer * piece.reduced * piece.inner;
  let at = piece.outer * piece.inner;
  const strides = groups.map(() => [0, 0] as [number, number]);
  for (let g = groups.length - 1; g >= 0; g--) {
    const { size, reduced } = groups[g]!;
    strides[g] = [src, reduced ? 0 : at];
    src *= size;
    if (!reduced) at *= size;
  }
  const position = groups.map(() => 0);
  for (;;) {
    let from = 0;
    let to = 0;
    for (const [g, [a, b]] of strides.entries()) {
      from += position[g]! * a;
      to += position[g]! * b;
    }
    yield { ...piece, src: from, at: to };
    let g = groups.length - 1;
    while (g >= 0 && ++position[g]! === groups[g]!.size) position[g--] = 0;
    if (g < 0) return;
  }
}

/** Rows that are worth taking columns of. */
const ROWS = 8;

/**
 * The same piece in smaller ones of about `elements`, so that several accumulators read it from the cache: along
 * `outer` first, then along `reduced`. With `together`, rows that are longer than that by themselves all stay together, and of
 * shorter ones at least `ROWS`: for accumulators that take columns of them.
 */
export function* split(slab: Slab, elements: number, together = false): Generator<Slab> {
  const { outer, reduced, inner } = slab;
  const each = reduced * inner;
  if (outer * each <= elements) {
    yield slab;
  } else if (each <= elements) {
    const step = Math.floor(elements / each);
    for (let o = 0; o < outer; o += step) {
      yield { ...slab, src: slab.src + o * each, at: slab.at + o * inner, outer: Math.min(step, outer - o) };
    }
  } else {
    const step =
      together && inner > elements ? reduced : Math.max(together ? ROWS : 1, Math.floor(elements / inner));
    for (let o = 0; o < outer; o++) {
      for (let r = 0; r < reduced; r += step) {
        const src = slab.src + o * each + r * inner;
        yield {
          src,
          at: slab.at + o * inner,
          outer: 1,
          reduced: Math.min(step, reduced - r),
          inner,
          first: slab.first + r,
        };
      }
    }
  }
}
