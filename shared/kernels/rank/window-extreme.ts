import { type Block, sizeOf } from "../../block/block.ts";
import { bytesOf, type DType, isBigInt, itemSize, viewOf } from "../../block/dtype.ts";
import { dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { type Edge, edgeElement, edgeIndex } from "./edge.ts";
import { extendedSlabBytes, forEachExtendedSlab } from "./extended-slabs.ts";
import { tapCount, type Window } from "./window.ts";
import { windowReference } from "./window-reference.ts";

interface ExtremeExports {
  extremePass(
    dtype: number,
    greatest: boolean,
    src: number,
    dst: number,
    outer: number,
    n: number,
    inner: number,
    window: number,
    before: number,
    edges: number,
    constant: number,
    panel: number,
    buffer: number,
  ): void;
  extremeTaps(
    dtype: number,
    greatest: boolean,
    base: number,
    starts: number,
    rows: number,
    n: number,
    taps: number,
    count: number,
    dst: number,
  ): void;
  toOrdered(dtype: number, ptr: number, n: number, nanFirst: boolean): void;
  fromOrdered(dtype: number, ptr: number, n: number): void;
}

export type Pick = "least" | "greatest";

/** A panel's rows should stay in the second-level cache. */
const BUFFER_BYTES = 65_536;
/** The narrowest panel: a cache line. */
const LINE_BYTES = 64;
/** Whole vectors are computed, so up to this much is read and written beyond the buffer's last element. */
const SLACK_BYTES = 64;

/**
 * The least or the greatest element of the window around each element, as a new block of the input's dtype. A box
 * goes axis by axis, any other window element by element. A NaN wins; -0 is less than 0.
 */
export function windowExtreme(
  heap: Heap,
  input: HeapBlock,
  window: Window,
  pick: Pick,
  edge: Edge,
): HeapBlock {
  const output = heap.alloc(input.dtype, input.shape);
  if (output.data.length === 0) return output;
  const { toOrdered, fromOrdered } = heap.exports as unknown as ExtremeExports;
  const code = dtypeCode(input.dtype);
  const length = output.data.length;
  const ordered = isOrderedFirst(input.dtype);
  if (isBox(window)) {
    const axes = windowAxes(window);
    // What is only copied passes through the order too, which leaves one NaN.
    const copied = ordered || axes.length === 0;
    let source = input;
    if (copied) {
      bytesOf(output.data).set(bytesOf(input.data));
      toOrdered(code, output.ptr, length, pick === "least");
      source = output;
    }
    for (const axis of axes) {
      alongAxis(heap, source, output, axis, window, pick, edge);
      source = output;
    }
    if (copied) fromOrdered(code, output.ptr, length);
    return output;
  }
  const { extremeTaps } = heap.exports as unknown as ExtremeExports;
  forEachExtendedSlab(heap, input, window, edge, (slab) => {
    if (ordered) toOrdered(code, slab.base, slab.extended, pick === "least");
    const to = output.ptr + slab.start * itemSize(input.dtype);
    const { base, starts, rows, n, taps, tapCount: count } = slab;
    extremeTaps(code, pick === "greatest", base, starts, rows, n, taps, count, to);
  });
  if (ordered) fromOrdered(code, output.ptr, length);
  return output;
}

/** Heap bytes that `windowExtreme` needs beyond its input and output. */
export function windowExtremeScratch(shape: readonly number[], dtype: DType, window: Window): number {
  if (sizeOf(shape) === 0) return 0;
  if (!isBox(window)) return extendedSlabBytes(shape, dtype, window);
  return Math.max(0, ...windowAxes(window).map((axis) => passLayout(shape, dtype, axis, window).bytes));
}

/** The same as `windowExtreme` in plain TypeScript. */
export function windowExtremeReference(block: Block, window: Window, pick: Pick, edge: Edge): Block {
  return windowReference(block, window, edge, (values) => {
    if (isBigInt(block.dtype)) {
      return values.reduce((a, b) => ((pick === "least" ? b < a : b > a) ? b : a));
    }
    // Math.min and Math.max put -0 before 0, and give NaN where one is.
    const numbers = values as number[];
    return numbers.reduce((a, b) => (pick === "least" ? Math.min(a, b) : Math.max(a, b)));
  });
}

/** Nanoseconds per element, roughly. */
export function windowExtremeCost(window: Window, dtype: DType): number {
  const size = itemSize(dtype);
  if (!isBox(window)) return 0.2 + 0.05 * size * tapCount(window);
  return windowAxes(window).reduce(
    (sum, axis) => sum + 0.1 * size * (1 + 0.3 * Math.log2(window.shape[axis]!)),
    0.1,
  );
}

/** WebAssembly has no float16, and no vector order of 64-bit unsigned integers. */
function isOrderedFirst(dtype: DType): boolean {
  return dtype === "float16" || dtype === "uint64";
}

function isBox({ shape, before, mask }: Window): boolean {
  return mask === undefined && shape.every((n, axis) => before[axis]! >= 0 && before[axis]! < n);
}

function windowAxes({ shape }: Window): number[] {
  // The last axis first: its rows are contiguous.
  return shape.flatMap((n, axis) => (n > 1 ? [axis] : [])).reverse();
}

function alongAxis(
  heap: Heap,
  source: HeapBlock,
  output: HeapBlock,
  axis: number,
  window: Window,
  pick: Pick,
  edge: Edge,
): void {
  const { extremePass, toOrdered } = heap.exports as unknown as ExtremeExports;
  const { dtype, shape } = source;
  const { n, inner, panel, edgesAt, constantAt, bytes } = passLayout(shape, dtype, axis, window);
  const k = window.shape[axis]!;
  const before = window.before[axis]!;
  const scratch = heap.allocBytes(bytes);
  const edges = new Int32Array(heap.memory.buffer, scratch + edgesAt, k - 1);
  for (let e = 0; e < k - 1; e++) edges[e] = edgeIndex(e < before ? e - before : n + e - before, n, edge);
  const constant = scratch + constantAt;
  (viewOf(dtype, heap.memory.buffer, constant, 1) as { [i: number]: number | bigint })[0] = edgeElement(
    dtype,
    edge,
  );
  if (isOrderedFirst(dtype)) toOrdered(dtypeCode(dtype), constant, 1, pick === "least");
  extremePass(
    dtypeCode(dtype),
    pick === "greatest",
    source.ptr,
    output.ptr,
    sizeOf(shape.slice(0, axis)),
    n,
    inner,
    k,
    before,
    scratch + edgesAt,
    constant,
    panel,
    scratch,
  );
  heap.freeBytes(scratch);
}

function passLayout(shape: readonly number[], dtype: DType, axis: number, window: Window) {
  const size = itemSize(dtype);
  const n = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const k = window.shape[axis]!;
  const rows = n + k - 1;
  const line = LINE_BYTES / size;
  const widest = Math.max(line, Math.floor(BUFFER_BYTES / rows / LINE_BYTES) * line);
  const panel = Math.min(inner, widest);
  const edgesAt = aligned(rows * panel * size + SLACK_BYTES);
  const constantAt = edgesAt + aligned(4 * (k - 1));
  return { n, inner, panel, edgesAt, constantAt, bytes: constantAt + 64 };
}
