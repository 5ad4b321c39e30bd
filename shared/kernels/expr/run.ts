import { sizeOf } from "../../block/block.ts";
import { bytesOf, type DType, itemSize } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { broadcastLoop, forEachRow, type Loop } from "./broadcast.ts";
import { linkExpression } from "./module-cache.ts";
import type { TypedExpression } from "./typing.ts";

/** Rows shorter than this cost more to call than to copy: their broadcast inputs are written out. */
const SHORT_ROW = 64;
/** Elements that are written out at a time. */
const STRIP = 16_384;
/** Elements of one call: several calls let the engine swap in its optimised code while it runs. */
const SLICE = 32_768;
/** More than any batch. */
const MOST_LANES = 16;

/**
 * Computes an expression over blocks that broadcast to `shape`, aligned at their last axes. Each element comes out the same
 * wherever it lies. Inputs are left alone.
 */
export function runExpression(
  heap: Heap,
  typed: TypedExpression,
  inputs: readonly HeapBlock[],
  shape: readonly number[],
): HeapBlock {
  const result = heap.alloc(typed.dtype, shape);
  const total = sizeOf(shape);
  if (total === 0) return result;
  const loop = broadcastLoop(
    shape,
    inputs.map((input) => input.shape),
  );
  const row = loop.sizes.at(-1) ?? 1;
  if (row >= MOST_LANES && (row >= SHORT_ROW || loop.sizes.length === 1)) {
    const single = loop.strides.map((strides) => strides.at(-1) === 0);
    const steps = inputs.map((input, k) => (single[k] ? 0 : itemSize(input.dtype)));
    const { run } = linkExpression(heap, typed, single);
    const size = itemSize(typed.dtype);
    const pointers = inputs.map(() => 0);
    forEachRow(loop, (index, at) => {
      for (const [k, input] of inputs.entries()) pointers[k] = input.ptr + at[k]! * itemSize(input.dtype);
      slices(run, row, result.ptr + index * row * size, size, pointers, steps);
    });
  } else {
    runWrittenOut(heap, typed, inputs, loop, result);
  }
  return result;
}

/** The same for `length` elements of the only input, from one address of the heap to another; at least a batch of them. */
export function expressionOnRows(
  heap: Heap,
  typed: TypedExpression,
  input: DType,
): (source: number, target: number, length: number) => void {
  const { run } = linkExpression(heap, typed, [false]);
  const size = itemSize(typed.dtype);
  const steps = [itemSize(input)];
  return (source, target, length) => slices(run, length, target, size, [source], steps);
}

/** Bytes of scratch that `runExpression` takes at most for a result of this shape. */
export function scratchOf(typed: TypedExpression, shape: readonly number[]): number {
  const most = Math.max(MOST_LANES, Math.min(sizeOf(shape), 2 * STRIP));
  const copies = typed.inputs.length * aligned(most * 8);
  return copies + aligned(MOST_LANES * 8);
}

function slices(
  run: (n: number, out: number, ...inputs: number[]) => void,
  n: number,
  out: number,
  size: number,
  pointers: number[],
  steps: readonly number[],
): void {
  let done = 0;
  // The last slice takes what is left with it, so that none is shorter than a batch.
  for (; n - done >= 2 * SLICE; done += SLICE) {
    run(SLICE, out + done * size, ...pointers);
    for (const [k, step] of steps.entries()) pointers[k]! += step * SLICE;
  }
  run(n - done, out + done * size, ...pointers);
}

/** Rows that are short: strips of many rows, for which inputs that don't lie one after another are copied out. */
function runWrittenOut(
  heap: Heap,
  typed: TypedExpression,
  inputs: readonly HeapBlock[],
  loop: Loop,
  result: HeapBlock,
): void {
  const total = result.data.length;
  const row = loop.sizes.at(-1) ?? 1;
  const single = inputs.map((input) => input.data.length === 1);
  const { run } = linkExpression(heap, typed, single);
  const rowsPerStrip = Math.floor(STRIP / row);
  const length = Math.max(MOST_LANES, Math.min(total, 2 * rowsPerStrip * row));
  const tiny = total < MOST_LANES;
  const copies = inputs.map((input, k) =>
    single[k] || (input.data.length === total && !tiny) ? undefined : heap.alloc(input.dtype, [length]),
  );
  const target = tiny ? heap.alloc(typed.dtype, [MOST_LANES]) : result;
  const inner = loop.strides.map((strides) => strides.at(-1) ?? 0);
  const rows = total / row;
  let first = 0;
  let count = 0;
  forEachRow(loop, (index, at) => {
    // As for slices: the last strip takes what is left with it.
    if (index === first) count = rows - first < 2 * rowsPerStrip ? rows - first : rowsPerStrip;
    for (const [k, copy] of copies.entries()) {
      if (copy) copyRow(inputs[k]!, at[k]!, inner[k]!, copy, (index - first) * row, row);
    }
    if (index + 1 < first + count) return;
    const pointers = inputs.map((input, k) => {
      if (copies[k]) return copies[k].ptr;
      return single[k] ? input.ptr : input.ptr + first * row * itemSize(input.dtype);
    });
    run(Math.max(MOST_LANES, count * row), target.ptr + first * row * itemSize(typed.dtype), ...pointers);
    first += count;
  });
  for (const copy of copies) if (copy) heap.free(copy);
  if (target === result) return;
  bytesOf(result.data).set(bytesOf(target.data).subarray(0, total * itemSize(typed.dtype)));
  heap.free(target);
}

function copyRow(from: HeapBlock, at: number, step: number, to: HeapBlock, start: number, n: number): void {
  const target = to.data as { [i: number]: number | bigint };
  for (let i = 0; i < n; i++) target[start + i] = from.data[at + i * step]!;
}
