import { type Block, sizeOf } from "../../block/block.ts";
import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import { castBlock, dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { type Edge, edgeElement } from "./edge.ts";
import { extendedSlabBytes, forEachExtendedSlab } from "./extended-slabs.ts";
import { type SelectionNetwork, selectionNetwork } from "./selection-network.ts";
import { tapCount, type Window } from "./window.ts";
import { type Pick, windowExtreme, windowExtremeCost, windowExtremeScratch } from "./window-extreme.ts";
import { windowReference } from "./window-reference.ts";

interface RankExports {
  rankByNetwork(
    dtype: number,
    base: number,
    starts: number,
    rows: number,
    n: number,
    taps: number,
    count: number,
    network: number,
    exchanges: number,
    result: number,
    slots: number,
    dst: number,
  ): void;
  rankByBisection(
    dtype: number,
    base: number,
    starts: number,
    rows: number,
    n: number,
    taps: number,
    count: number,
    rank: number,
    dst: number,
  ): void;
  medianOfThree(
    dtype: number,
    base: number,
    starts: number,
    rows: number,
    n: number,
    pitch: number,
    plane: number,
    dst: number,
  ): void;
  toOrdered(dtype: number, ptr: number, n: number, nanFirst: boolean): void;
  fromOrdered(dtype: number, ptr: number, n: number): void;
}

/** Bytes of a strip of elements that goes through a network at once. */
const STRIP_BYTES = 64;
/** The medians of 3 x 3 and 3 x 3 x 3 are compiled for what images come in. */
const MEDIAN_DTYPES: ReadonlySet<DType> = new Set([
  "bool",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "float16",
  "float32",
]);
/** Beyond this many elements a network is never the faster way, and takes long to make. */
const MOST_IN_NETWORK = 256;

/**
 * The element of a rank (0 is the least) of the window around each element, as a new block of the input's dtype. -0
 * comes before 0, NaN after everything else.
 */
export function windowRank(
  heap: Heap,
  input: HeapBlock,
  window: Window,
  rank: number,
  edge: Edge,
): HeapBlock {
  const wide = widened(input.dtype, window);
  if (wide !== input.dtype) {
    const cast = castBlock(heap, input, wide);
    const result = windowRank(heap, cast, window, rank, edgeAs(input.dtype, edge));
    heap.free(cast);
    const narrow = castBlock(heap, result, input.dtype);
    heap.free(result);
    return narrow;
  }
  const pick = pickOf(rank, window, input.dtype);
  if (pick !== undefined) return windowExtreme(heap, input, window, pick, edge);
  const output = heap.alloc(input.dtype, input.shape);
  if (output.data.length === 0) return output;
  const { rankByNetwork, rankByBisection, medianOfThree, toOrdered, fromOrdered } =
    heap.exports as unknown as RankExports;
  const { dtype } = input;
  const code = dtypeCode(dtype);
  const special = isMedianOfThree(window, rank, dtype);
  const network = special ? undefined : networkFor(window, rank, dtype);
  const tables = network && networkTables(heap, network, tapCount(window));
  forEachExtendedSlab(heap, input, window, edge, (slab) => {
    if (isOrderedFirst(dtype)) toOrdered(code, slab.base, slab.extended, false);
    const to = output.ptr + slab.start * itemSize(dtype);
    const { base, starts, rows, n, taps, tapCount: count } = slab;
    if (special) {
      const offsets = new Int32Array(heap.memory.buffer, taps, count);
      medianOfThree(code, base, starts, rows, n, offsets[3]!, offsets[9] ?? 0, to);
    } else if (network && tables) {
      rankByNetwork(
        code,
        base,
        starts,
        rows,
        n,
        taps,
        count,
        tables.network,
        network.exchanges.length,
        network.result * STRIP_BYTES,
        tables.slots,
        to,
      );
    } else rankByBisection(code, base, starts, rows, n, taps, count, rank, to);
  });
  if (tables) heap.freeBytes(tables.slots);
  if (isOrderedFirst(dtype)) fromOrdered(code, output.ptr, output.data.length);
  return output;
}

/** Heap bytes that `windowRank` needs beyond its input and output. */
export function windowRankScratch(
  shape: readonly number[],
  dtype: DType,
  window: Window,
  rank: number,
): number {
  const wide = widened(dtype, window);
  if (wide !== dtype) {
    const block = aligned(sizeOf(shape) * itemSize(wide));
    return 2 * block + windowRankScratch(shape, wide, window, rank);
  }
  const pick = pickOf(rank, window, dtype);
  if (pick !== undefined) return windowExtremeScratch(shape, dtype, window);
  const special = isMedianOfThree(window, rank, dtype);
  const network = special ? undefined : networkFor(window, rank, dtype);
  const tables = network === undefined ? 0 : tablesLayout(network, tapCount(window)).bytes;
  return extendedSlabBytes(shape, dtype, window) + tables;
}

/** Nanoseconds per element, roughly. */
export function windowRankCost(window: Window, rank: number, dtype: DType): number {
  const wide = widened(dtype, window);
  if (wide !== dtype) return 1 + windowRankCost(window, rank, wide);
  if (pickOf(rank, window, dtype) !== undefined) return windowExtremeCost(window, dtype);
  const size = itemSize(dtype);
  if (isMedianOfThree(window, rank, dtype)) return (0.2 + 0.04 * tapCount(window)) * size;
  const network = networkFor(window, rank, dtype);
  if (network === undefined) return 0.06 * size * 8 * size * tapCount(window);
  return 0.5 + 0.05 * size * network.exchanges.length;
}

/** The same as `windowRank` in plain TypeScript. */
export function windowRankReference(block: Block, window: Window, rank: number, edge: Edge): Block {
  return windowReference(block, window, edge, (values) => values.sort(compare)[rank]!);
}

function compare(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Lanes count the window's elements. */
function widened(dtype: DType, window: Window): DType {
  const size = itemSize(dtype);
  const count = tapCount(window);
  if (size === 1 && count > 255) return widened("int16", window);
  if (size === 2 && count > 65_535) return dtype === "float16" ? "float32" : "int32";
  return dtype;
}

/** A constant as it was before the elements got wider. */
function edgeAs(dtype: DType, edge: Edge): Edge {
  return typeof edge === "object" ? { constant: Number(edgeElement(dtype, edge)) } : edge;
}

/** The first and the last are extremes, but the least of floats must not be a NaN. */
function pickOf(rank: number, window: Window, dtype: DType): Pick | undefined {
  if (rank === tapCount(window) - 1) return "greatest";
  return rank === 0 && !isFloat(dtype) ? "least" : undefined;
}

/** The median of 3 x 3 or 3 x 3 x 3 elements at the last axes: the window that most people mean. */
function isMedianOfThree({ shape, before, mask }: Window, rank: number, dtype: DType): boolean {
  if (mask !== undefined || !MEDIAN_DTYPES.has(dtype)) return false;
  const first = shape.findIndex((n, axis) => n !== 1 || before[axis] !== 0);
  const sizes = first < 0 ? [] : shape.slice(first);
  const isCube = (sizes.length === 2 || sizes.length === 3) && sizes.every((n) => n === 3);
  return isCube && rank === (3 ** sizes.length) >> 1;
}

/** Undefined where bisection is faster: its work grows with the bits and the elements, that of a network faster. */
function networkFor(window: Window, rank: number, dtype: DType): SelectionNetwork | undefined {
  const count = tapCount(window);
  if (count > MOST_IN_NETWORK) return undefined;
  const network = selectionNetwork(count, rank);
  const bisection = 8 * itemSize(dtype) * count * 1.5;
  return 2 * network.exchanges.length <= bisection ? network : undefined;
}

function networkTables(heap: Heap, network: SelectionNetwork, count: number) {
  const layout = tablesLayout(network, count);
  const slots = heap.allocBytes(layout.bytes);
  const records = new Uint32Array(heap.memory.buffer, slots + layout.networkAt, 3 * network.exchanges.length);
  for (const [i, { low, high, keepsLow, keepsHigh }] of network.exchanges.entries()) {
    records.set([low * STRIP_BYTES, high * STRIP_BYTES, Number(keepsLow) + 2 * Number(keepsHigh)], 3 * i);
  }
  return { slots, network: slots + layout.networkAt };
}

function tablesLayout(network: SelectionNetwork, count: number) {
  const networkAt = count * STRIP_BYTES;
  return { networkAt, bytes: networkAt + aligned(12 * network.exchanges.length) };
}

function isOrderedFirst(dtype: DType): boolean {
  return isFloat(dtype) || dtype === "uint64";
}
