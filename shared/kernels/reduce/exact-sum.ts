import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import type { Heap } from "../heap.ts";
import type { Accumulator, AccumulatorKind, Part } from "./accumulator.ts";
import { dtypeCode, reduceExports } from "./exports.ts";

/**
 * Exact sums: base-2^32 digits in int64 words with deferred carries (R. M. Neal, "Fast exact summation using small and
 * large superaccumulators", 2015). A record is the sum's digits, then the sum of squares' (moments only), then, for
 * floats, a word of flags: 1 +inf, 2 -inf, 4 NaN.
 */
export interface ExactLayout {
  readonly digits: number;
  readonly squareDigits: number;
  /** Binary exponent of a sum's unit; a sum of squares counts in twice that. */
  readonly unit: number;
  readonly flagged: boolean;
  /** Bytes of a record. */
  readonly stride: number;
}

/** Digits of a sum and of a sum of squares, with room for 2^44 elements. */
function digitsOf(dtype: DType): readonly [sum: number, squares: number] {
  if (dtype === "float16") return [3, 4];
  if (dtype === "float32") return [10, 18];
  if (dtype === "float64") return [66, 132];
  const size = itemSize(dtype);
  return size === 1 ? [1, 1] : size === 2 ? [1, 2] : size === 4 ? [2, 3] : [3, 5];
}

const UNITS = { float16: -24, float32: -149, float64: -1074 } as const;

export function exactLayout(kind: AccumulatorKind, dtype: DType): ExactLayout {
  const [digits, squares] = digitsOf(dtype);
  const squareDigits = kind === "moments" || kind === "nanmoments" ? squares : 0;
  const flagged = isFloat(dtype);
  const unit = isFloat(dtype) ? UNITS[dtype] : 0;
  return { digits, squareDigits, unit, flagged, stride: 8 * (digits + squareDigits + (flagged ? 1 : 0)) };
}

/** 2^31 additions fit before the carries have to move up; half of that, for the sum of two. */
const MAX_PENDING = 2 ** 30;

function exact(kind: "sum" | "moments", id: number): Accumulator {
  return {
    kind,
    id,
    bytes: (dtype) => exactLayout(kind, dtype).stride,

    init(heap, part) {
      const bytes = part.length * exactLayout(kind, part.dtype).stride;
      reduceExports(heap).fillBytes(part.ptr, 0, bytes);
      part.pending = 0;
    },

    prepare(heap, part, taken) {
      if (part.pending + taken > MAX_PENDING) normalize(heap, part);
      part.pending += taken;
    },

    take(heap, part, slab) {
      const { stride, digits, squareDigits } = exactLayout(kind, part.dtype);
      const { src, outer, reduced, inner, at } = slab;
      const code = dtypeCode(part.dtype);
      const state = part.ptr + at * stride;
      reduceExports(heap).reduceSum(code, src, outer, reduced, inner, state, stride, digits, squareDigits);
    },

    merge(heap, into, from) {
      const { stride, digits, squareDigits, flagged } = exactLayout(kind, into.dtype);
      if (into.pending + from.pending > MAX_PENDING) {
        normalize(heap, into);
        normalize(heap, from);
      }
      const all = digits + squareDigits;
      reduceExports(heap).reduceMerge(into.ptr, from.ptr, into.length, stride, all, flagged ? 1 : 0);
      into.pending += Math.max(1, from.pending);
    },

    pack(heap, part) {
      normalize(heap, part);
      const { digits, squareDigits, flagged } = exactLayout(kind, part.dtype);
      const pieces = [packNumbers(heap, part, 0, digits)];
      if (squareDigits > 0) pieces.push(packNumbers(heap, part, 8 * digits, squareDigits));
      if (flagged) pieces.push(packFlags(heap, part));
      return Buffer.concat(pieces);
    },

    unpack(heap, part, bytes) {
      const { digits, squareDigits, flagged } = exactLayout(kind, part.dtype);
      let used = unpackNumbers(heap, part, 0, digits, bytes, 0);
      if (squareDigits > 0) used = unpackNumbers(heap, part, 8 * digits, squareDigits, bytes, used);
      return flagged ? unpackFlags(heap, part, bytes, used) : used;
    },
  };
}

export const exactSum: Accumulator = exact("sum", 1);
export const exactMoments: Accumulator = exact("moments", 2);

function normalize(heap: Heap, part: Part): void {
  const { stride, digits, squareDigits } = exactLayout(part.kind, part.dtype);
  const wasm = reduceExports(heap);
  wasm.reduceNormalize(part.ptr, part.length, stride, digits);
  if (squareDigits > 0) wasm.reduceNormalize(part.ptr + 8 * digits, part.length, stride, squareDigits);
  part.pending = 1;
}

/** First word, last word, then those words of every number: the range that any of them needs. */
function packNumbers(heap: Heap, part: Part, offset: number, digits: number): Uint8Array {
  const { stride } = exactLayout(part.kind, part.dtype);
  const wasm = reduceExports(heap);
  const range = wasm.reduceWords(part.ptr + offset, part.length, stride, digits);
  const first = range >> 8;
  const last = range & 255;
  const bytes = part.length * (last - first + 1) * 4;
  const scratch = heap.allocBytes(bytes);
  wasm.reducePack(part.ptr + offset, part.length, stride, digits, first, last, scratch);
  const packed = new Uint8Array(2 + bytes);
  packed[0] = first;
  packed[1] = last;
  packed.set(new Uint8Array(heap.memory.buffer, scratch, bytes), 2);
  heap.freeBytes(scratch);
  return packed;
}

/** Returns where it ended in `bytes`, or undefined where they don't fit. */
function unpackNumbers(
  heap: Heap,
  part: Part,
  offset: number,
  digits: number,
  bytes: Uint8Array,
  start: number | undefined,
): number | undefined {
  if (start === undefined || start + 2 > bytes.length) return undefined;
  const first = bytes[start]!;
  const last = bytes[start + 1]!;
  const length = part.length * (last - first + 1) * 4;
  const end = start + 2 + length;
  if (first > last || last > digits || end > bytes.length) return undefined;
  const { stride } = exactLayout(part.kind, part.dtype);
  const scratch = heap.allocBytes(length);
  new Uint8Array(heap.memory.buffer, scratch, length).set(bytes.subarray(start + 2, end));
  reduceExports(heap).reduceUnpack(scratch, part.length, stride, digits, first, last, part.ptr + offset);
  heap.freeBytes(scratch);
  return end;
}

function flagWords(heap: Heap, part: Part): { readonly words: Uint8Array; readonly stride: number } {
  const { stride } = exactLayout(part.kind, part.dtype);
  const words = new Uint8Array(heap.memory.buffer, part.ptr, part.length * stride);
  return { words, stride };
}

/** One byte 0 where every element so far was finite; else 1, then a byte of flags per output. */
function packFlags(heap: Heap, part: Part): Uint8Array {
  const { words, stride } = flagWords(heap, part);
  const packed = new Uint8Array(1 + part.length);
  for (let i = 0; i < part.length; i++) packed[i + 1] = words[i * stride + stride - 8]!;
  packed[0] = packed.some((flag) => flag !== 0) ? 1 : 0;
  return packed[0] === 0 ? packed.subarray(0, 1) : packed;
}

function unpackFlags(
  heap: Heap,
  part: Part,
  bytes: Uint8Array,
  start: number | undefined,
): number | undefined {
  if (start === undefined || start >= bytes.length) return undefined;
  if (bytes[start] === 0) return start + 1;
  const end = start + 1 + part.length;
  if (end > bytes.length) return undefined;
  const { words, stride } = flagWords(heap, part);
  for (let i = 0; i < part.length; i++) words[i * stride + stride - 8] = bytes[start + 1 + i]!;
  return end;
}
