import { sizeOf, stridesOf } from "../../block/block.ts";
import type { Region } from "../../block/region.ts";

/** Axes of the input that become axes of the result, of equal size together. Either may be none: an axis of length 1 goes or comes. */
export interface AxisGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Elements of a group in C order, [start, stop). */
export type Interval = readonly [start: number, stop: number];

/** A box of a group's axes that holds the elements [start, stop), and those alone. */
export interface Piece {
  readonly start: number;
  readonly stop: number;
  readonly box: Region;
}

/** More runs than this are read in fewer pieces, with what lies between them. */
const MOST_RUNS = 256;

/** Matches the axes of two shapes of equal size, in order, into the smallest groups. Neither holds a 0. */
export function groupAxes(source: readonly number[], shape: readonly number[]): AxisGroup[] {
  const groups: AxisGroup[] = [];
  let i = 0;
  let j = 0;
  while (i < source.length || j < shape.length) {
    if (source[i] !== shape[j] && (source[i] === 1 || j === shape.length)) {
      groups.push({ from: [i++], to: [] });
      continue;
    }
    if (source[i] !== shape[j] && (shape[j] === 1 || i === source.length)) {
      groups.push({ from: [], to: [j++] });
      continue;
    }
    const from = [i];
    const to = [j];
    let [a, b] = [source[i++]!, shape[j++]!];
    while (a !== b) {
      if (a < b) {
        from.push(i);
        a *= source[i++]!;
      } else {
        to.push(j);
        b *= shape[j++]!;
      }
    }
    groups.push({ from, to });
  }
  return groups;
}

/** The runs in C order that a box of a group's result is, and the pieces of the group's input that hold them. */
export function piecesOf(
  source: readonly number[],
  shape: readonly number[],
  start: readonly number[],
  count: readonly number[],
): { readonly runs: readonly Interval[]; readonly pieces: readonly Piece[] } {
  const runs = runsOf(shape, start, count);
  const most = Math.ceil(runs.length / MOST_RUNS);
  const pieces: Piece[] = [];
  for (let i = 0; i < runs.length; i += most) {
    const from = runs[i]![0];
    const to = runs[Math.min(runs.length, i + most) - 1]![1];
    const cover = coverOf(source, from, to);
    // Twice the memory is better than many small reads; more isn't.
    if (most > 1 || cover.stop - cover.start <= 2 * (to - from)) join(pieces, cover, source);
    else for (const piece of exact(source, from, to)) join(pieces, piece, source);
  }
  return { runs, pieces };
}

function runsOf(shape: readonly number[], start: readonly number[], count: readonly number[]): Interval[] {
  if (shape.length === 0) return [[0, 1]];
  // Whole axes at the end make one run.
  let axis = shape.length - 1;
  while (axis > 0 && count[axis] === shape[axis]) axis--;
  const strides = stridesOf(shape);
  const length = count[axis]! * strides[axis]!;
  let starts = [0];
  for (let k = 0; k < axis; k++) {
    starts = starts.flatMap((at) =>
      Array.from({ length: count[k]! }, (_, i) => at + (start[k]! + i) * strides[k]!),
    );
  }
  return starts.map((at) => {
    const from = at + start[axis]! * strides[axis]!;
    return [from, from + length] as const;
  });
}

/** The smallest box of consecutive elements, a range of one axis with all of the later ones, that holds [from, to). */
function coverOf(source: readonly number[], from: number, to: number): Piece {
  const strides = stridesOf(source);
  let axis = 0;
  const start = source.map(() => 0);
  let rest = [from, to - 1] as [number, number];
  for (; axis < source.length; axis++) {
    const [a, b] = rest.map((at) => Math.floor(at / strides[axis]!)) as [number, number];
    start[axis] = a;
    rest = [rest[0] - a * strides[axis]!, rest[1] - b * strides[axis]!];
    if (a === b && axis < source.length - 1) continue;
    const shape = source.map((n, k) => (k < axis ? 1 : k === axis ? b - a + 1 : n));
    return piece(source, { start, shape });
  }
  return piece(source, { start, shape: source.map(() => 1) });
}

/** Boxes of consecutive elements that hold [from, to) and nothing else. */
function exact(source: readonly number[], from: number, to: number): Piece[] {
  const strides = stridesOf(source);
  const pieces: Piece[] = [];
  for (let at = from; at < to; ) {
    // The first axis along which a step from here neither begins within one nor goes beyond the end.
    let axis = source.length - 1;
    while (axis > 0 && at % strides[axis - 1]! === 0 && at + strides[axis - 1]! <= to) axis--;
    const step = strides[axis]!;
    const index = Math.floor(at / step) % source[axis]!;
    const n = Math.min(Math.floor((to - at) / step), source[axis]! - index);
    const start = source.map((size, k) => (k > axis ? 0 : Math.floor(at / strides[k]!) % size));
    const shape = source.map((size, k) => (k < axis ? 1 : k === axis ? n : size));
    pieces.push(piece(source, { start, shape }));
    at += n * step;
  }
  return pieces;
}

function piece(source: readonly number[], box: Region): Piece {
  const strides = stridesOf(source);
  const start = box.start.reduce((sum, s, k) => sum + s * strides[k]!, 0);
  return { start, stop: start + sizeOf(box.shape), box };
}

/** Adds a piece; one that the last one meets or runs into becomes one with it where their cover holds nothing else. */
function join(pieces: Piece[], next: Piece, source: readonly number[]): void {
  const last = pieces.at(-1);
  if (!last || next.start > last.stop) {
    pieces.push(next);
    return;
  }
  if (next.stop <= last.stop) return;
  const cover = coverOf(source, last.start, next.stop);
  if (cover.start === last.start && cover.stop === next.stop) pieces[pieces.length - 1] = cover;
  else pieces.push(next);
}
