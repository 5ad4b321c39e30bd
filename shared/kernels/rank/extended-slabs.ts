import { sizeOf, stridesOf } from "../../block/block.ts";
import { CONSTANT_INDEX } from "../../block/boundary.ts";
import { type DType, itemSize, viewOf } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { type Edge, edgeElement, edgeIndex } from "./edge.ts";
import { forEachPlace, tapCount, tapsOf, type Window } from "./window.ts";

interface PadExports {
  padRows(
    size: number,
    src: number,
    dst: number,
    rows: number,
    table: number,
    n: number,
    before: number,
    after: number,
    edges: number,
    constant: number,
  ): void;
}

/** Whole vectors are computed, so up to this much is read, and never used, beyond the last element. */
const SLACK_BYTES = 64;
/** Short last axes, such as the colours of a pixel, make rows too short for vectors: up to so many elements join. */
const MOST_INNER = 64;

/** One slab of a block, extended by the window's reach, and the tables to walk it with: pointers into the heap. */
export interface ExtendedSlab {
  /** Elements of the slab, and of the slabs before it. */
  readonly count: number;
  readonly start: number;
  readonly rows: number;
  /** Elements of a row. */
  readonly n: number;
  readonly base: number;
  /** Elements of the extended slab, from `base` on. */
  readonly extended: number;
  /** For each row the bytes from `base` to the window's first element around the row's first. */
  readonly starts: number;
  /** For each of the window's elements the bytes from its first place. */
  readonly taps: number;
  readonly tapCount: number;
}

/**
 * Cuts a block along the leading axes that the window leaves alone, extends each slab by what lies beyond the block's
 * ends, and hands it to `use`. The block and the window must have elements.
 */
export function forEachExtendedSlab(
  heap: Heap,
  input: HeapBlock,
  window: Window,
  edge: Edge,
  use: (slab: ExtendedSlab) => void,
): void {
  const { padRows } = heap.exports as unknown as PadExports;
  const { dtype } = input;
  const size = itemSize(dtype);
  const layout = layoutOf(input.shape, dtype, window);
  const { slab, inner, padded, reach, rows, paddedRows } = layout;
  const scratch = heap.allocBytes(layout.bytes);
  try {
    const table = new Int32Array(heap.memory.buffer, scratch + layout.tableAt, paddedRows);
    const edges = new Int32Array(heap.memory.buffer, scratch + layout.edgesAt, layout.edges);
    const starts = new Uint32Array(heap.memory.buffer, scratch + layout.startsAt, rows);
    const taps = new Int32Array(heap.memory.buffer, scratch + layout.tapsAt, layout.taps);
    const constant = scratch + layout.constantAt;
    (viewOf(dtype, heap.memory.buffer, constant, 1) as { [i: number]: number | bigint })[0] = edgeElement(
      dtype,
      edge,
    );
    const n = slab.at(-1)!;
    const [before, after] = reach.at(-1)!;
    fillEdges(edges, n, inner, before, after, edge);
    fillRows(table, slab.slice(0, -1), reach.slice(0, -1), edge);
    fillStarts(starts, slab, padded, layout.window, inner, reach, size);
    fillTaps(taps, layout.window, inner, padded, size);
    const count = sizeOf(slab);
    for (let start = 0; start < input.data.length; start += count) {
      padRows(
        size,
        input.ptr + start * size,
        scratch,
        paddedRows,
        scratch + layout.tableAt,
        n,
        before,
        after,
        scratch + layout.edgesAt,
        constant,
      );
      use({
        count,
        start,
        rows,
        n,
        base: scratch,
        extended: sizeOf(padded),
        starts: scratch + layout.startsAt,
        taps: scratch + layout.tapsAt,
        tapCount: layout.taps,
      });
    }
  } finally {
    heap.freeBytes(scratch);
  }
}

/** Heap bytes that `forEachExtendedSlab` takes. */
export function extendedSlabBytes(shape: readonly number[], dtype: DType, window: Window): number {
  return sizeOf(shape) === 0 ? 0 : layoutOf(shape, dtype, window).bytes;
}

function layoutOf(shape: readonly number[], dtype: DType, whole: Window) {
  const lead = leadingAxes(whole);
  // A block without axes is a row of one element.
  const isAlone = lead === shape.length;
  const last = isAlone ? 1 : lastAxis(shape, whole) + 1;
  const inner = sizeOf(shape.slice(last));
  const slab = isAlone ? [1] : shape.slice(lead, last);
  const window: Window = isAlone
    ? { shape: [1], before: [0] }
    : { ...whole, shape: whole.shape.slice(lead, last), before: whole.before.slice(lead, last) };
  const ends = window.shape.map((n, axis) => {
    const before = window.before[axis]!;
    return [Math.max(0, before), Math.max(0, n - 1 - before)] as const;
  });
  const row = slab.length - 1;
  const n = slab[row]!;
  slab[row] = n * inner;
  const reach = ends.map(([before, after], axis) =>
    axis === row ? ([before * inner, after * inner] as const) : ([before, after] as const),
  );
  const padded = slab.map((n, axis) => n + reach[axis]![0] + reach[axis]![1]);
  const rows = sizeOf(slab.slice(0, -1));
  const paddedRows = sizeOf(padded.slice(0, -1));
  const edges = reach.at(-1)![0] + reach.at(-1)![1];
  const taps = tapCount(window);
  const tableAt = aligned(sizeOf(padded) * itemSize(dtype) + SLACK_BYTES);
  const edgesAt = tableAt + aligned(4 * paddedRows);
  const startsAt = edgesAt + aligned(4 * edges);
  const tapsAt = startsAt + aligned(4 * rows);
  const constantAt = tapsAt + aligned(4 * taps);
  const bytes = constantAt + 64;
  return {
    slab,
    inner,
    padded,
    window,
    reach,
    rows,
    paddedRows,
    edges,
    taps,
    tableAt,
    edgesAt,
    startsAt,
    tapsAt,
    constantAt,
    bytes,
  };
}

/** How many axes come before the first that the window has more than the centre of. */
function leadingAxes({ shape, before }: Window): number {
  const first = shape.findIndex((n, axis) => n !== 1 || before[axis] !== 0);
  return first < 0 ? shape.length : first;
}

/** The last axis that rows go along: short ones after it, which the window leaves alone, are part of the rows. */
function lastAxis(shape: readonly number[], { shape: sizes, before }: Window): number {
  let last = shape.length - 1;
  let inner = 1;
  while (last > 0 && sizes[last] === 1 && before[last] === 0 && inner * shape[last]! <= MOST_INNER) {
    inner *= shape[last]!;
    last--;
  }
  return last;
}

function fillEdges(
  edges: Int32Array,
  n: number,
  inner: number,
  before: number,
  after: number,
  edge: Edge,
): void {
  const stands = (i: number): number => {
    const index = edgeIndex(Math.floor(i / inner), n / inner, edge);
    return index === CONSTANT_INDEX ? -1 : index * inner + (((i % inner) + inner) % inner);
  };
  for (let i = 0; i < before; i++) edges[i] = stands(i - before);
  for (let i = 0; i < after; i++) edges[before + i] = stands(n + i);
}

function fillRows(
  table: Int32Array,
  shape: readonly number[],
  reach: readonly (readonly [number, number])[],
  edge: Edge,
): void {
  const maps = shape.map((n, axis) => {
    const [before, after] = reach[axis]!;
    return Array.from({ length: before + n + after }, (_, i) => edgeIndex(i - before, n, edge));
  });
  let row = 0;
  forEachPlace(
    maps.map((map) => map.length),
    (place) => {
      let stands = 0;
      for (const [axis, i] of place.entries()) {
        const index = maps[axis]![i]!;
        stands = stands < 0 || index === CONSTANT_INDEX ? -1 : stands * shape[axis]! + index;
      }
      table[row++] = stands;
    },
  );
}

function fillStarts(
  starts: Uint32Array,
  slab: readonly number[],
  padded: readonly number[],
  window: Window,
  inner: number,
  reach: readonly (readonly [number, number])[],
  size: number,
): void {
  const strides = stridesOf(padded);
  const before = [...window.before];
  before[before.length - 1]! *= inner;
  const first = before.reduce((sum, b, axis) => sum + (reach[axis]![0] - b) * strides[axis]!, 0);
  let row = 0;
  forEachPlace(slab.slice(0, -1), (place) => {
    starts[row++] = size * place.reduce((sum, i, axis) => sum + i * strides[axis]!, first);
  });
}

function fillTaps(
  taps: Int32Array,
  window: Window,
  inner: number,
  padded: readonly number[],
  size: number,
): void {
  const strides = stridesOf(padded);
  strides[strides.length - 1] = inner;
  for (const [i, place] of tapsOf(window).entries())
    taps[i] = size * place.reduce((sum, p, axis) => sum + p * strides[axis]!, 0);
}
