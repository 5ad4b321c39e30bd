import { sizeOf, stridesOf } from "../../block/block.ts";
import { isFloat } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Accumulator, Part } from "./accumulator.ts";
import { dtypeCode, reduceExports } from "./exports.ts";
import type { Place } from "./reduction.ts";

/** Bytes of a record: a value of 8 bytes (of floats a float64), and its index as int64, -1 before the first. */
const RECORD = 16;

type ArgKind = "argmax" | "argmin" | "nanargmax" | "nanargmin";

const isMax = (part: { readonly kind: string }): number => (part.kind.endsWith("max") ? 1 : 0);
const skips = (part: { readonly kind: string }): number => (part.kind.startsWith("nan") ? 1 : 0);

/** The place of the largest or smallest element: of equal ones the first, whatever the order in which they are taken. */
function argExtreme(kind: ArgKind, id: number): Accumulator {
  return {
    kind,
    id,
    bytes: () => RECORD,
    init,
    prepare() {},

    take(heap, part, { src, outer, reduced, inner, at, first }) {
      const state = part.ptr + at * RECORD;
      const code = dtypeCode(part.dtype);
      const wasm = reduceExports(heap);
      wasm.reduceArg(isMax(part), skips(part), code, src, outer, reduced, inner, first, state);
    },

    merge,

    pack(heap, part) {
      const bytes = new Uint8Array(heap.memory.buffer, part.ptr, part.length * RECORD).slice();
      if (isFloat(part.dtype)) {
        const values = new Float64Array(bytes.buffer);
        for (let i = 0; i < values.length; i += 2) if (Number.isNaN(values[i])) values[i] = Number.NaN;
      }
      return bytes;
    },

    unpack(heap, part, bytes) {
      const length = part.length * RECORD;
      if (bytes.length < length) return undefined;
      new Uint8Array(heap.memory.buffer, part.ptr, length).set(bytes.subarray(0, length));
      return length;
    },
  };
}

export const argMaximum: Accumulator = argExtreme("argmax", 8);
export const argMinimum: Accumulator = argExtreme("argmin", 9);
export const nanArgMaximum: Accumulator = argExtreme("nanargmax", 16);
export const nanArgMinimum: Accumulator = argExtreme("nanargmin", 17);

function init(heap: Heap, part: Part): void {
  const indexes = argIndexes(heap, part);
  const values = new Float64Array(heap.memory.buffer, part.ptr, 2 * part.length);
  // what no value is worse than
  const least = isMax(part) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (let i = 0; i < part.length; i++) {
    values[2 * i] = isFloat(part.dtype) ? least : 0;
    indexes[2 * i + 1] = -1n;
  }
}

function merge(heap: Heap, into: Part, from: Part): void {
  const code = dtypeCode(into.dtype);
  reduceExports(heap).reduceArgMerge(isMax(into), skips(into), code, from.ptr, into.length, into.ptr);
}

/** The records of a part as 64-bit words: value, index, value, index ... */
export function argIndexes(heap: Heap, part: Part): BigInt64Array {
  return new BigInt64Array(heap.memory.buffer, part.ptr, 2 * part.length);
}

/** Takes a block that is reduced over all its axes: the index is that of the flattened array. */
export function takeFlat(
  heap: Heap,
  part: Part,
  block: HeapBlock,
  axes: readonly number[],
  place: Place,
): void {
  if (axes.length !== block.shape.length) {
    throw new LamellaError("INTERNAL", `${part.kind} over axes [${axes}]: one of them, or all`);
  }
  const size = sizeOf(block.shape);
  if (size === 0) return;
  const own: Part = { ...part, ptr: heap.allocBytes(RECORD), length: 1 };
  init(heap, own);
  const code = dtypeCode(part.dtype);
  reduceExports(heap).reduceArg(isMax(part), skips(part), code, block.ptr, 1, size, 1, 0, own.ptr);
  const record = argIndexes(heap, own);
  if (record[1]! >= 0n) record[1] = BigInt(flatIndex(Number(record[1]), block.shape, place));
  merge(heap, part, own);
  heap.freeBytes(own.ptr);
}

/** The place in the whole array, C order, of a block's element. */
function flatIndex(local: number, shape: readonly number[], { start, shape: whole }: Place): number {
  const inner = stridesOf(shape);
  const strides = stridesOf(whole);
  let rest = local;
  let index = 0;
  for (const [axis, stride] of inner.entries()) {
    const at = Math.floor(rest / stride);
    rest -= at * stride;
    index += (start[axis]! + at) * strides[axis]!;
  }
  return index;
}
