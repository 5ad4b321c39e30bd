import {
  type DType,
  integerRange,
  isBigInt,
  isFloat,
  itemSize,
  type TypedArray,
  viewOf,
} from "../../block/dtype.ts";
import type { Heap } from "../heap.ts";
import type { Accumulator, Part } from "./accumulator.ts";
import { dtypeCode, reduceExports } from "./exports.ts";

/**
 * Minimum and maximum: one value of the input's dtype per output element. float16 is held as an int16 key of the same
 * order (the bits, with all but the sign inverted where negative), a NaN as the key beyond all others.
 */
export function heldDType(dtype: DType): DType {
  return dtype === "float16" ? "int16" : dtype;
}

const HALF_INFINITY_KEY = 0x7c00;

function extreme(kind: "min" | "max", id: number): Accumulator {
  const isMax = kind === "max" ? 1 : 0;
  return {
    kind,
    id,
    bytes: itemSize,

    init(heap, part) {
      const view = extremeView(heap, part);
      const value = extremeIdentity(part.dtype, kind === "max");
      if (view instanceof BigInt64Array || view instanceof BigUint64Array) view.fill(BigInt(value));
      else view.fill(Number(value));
    },

    prepare() {},

    take(heap, part, { src, outer, reduced, inner, at }) {
      const state = part.ptr + at * itemSize(part.dtype);
      reduceExports(heap).reduceExtreme(isMax, dtypeCode(part.dtype), src, outer, reduced, inner, state);
    },

    merge(heap, into, from) {
      const code = dtypeCode(heldDType(into.dtype));
      reduceExports(heap).reduceExtreme(isMax, code, from.ptr, 1, 1, into.length, into.ptr);
    },

    pack(heap, part) {
      oneNaN(heap, part.dtype, part.ptr, part.length);
      return partBytes(heap, part).slice();
    },

    unpack(heap, part, bytes) {
      const held = partBytes(heap, part);
      if (bytes.length < held.length) return undefined;
      held.set(bytes.subarray(0, held.length));
      return held.length;
    },
  };
}

export const minimum: Accumulator = extreme("min", 3);
export const maximum: Accumulator = extreme("max", 4);

export function extremeView(heap: Heap, part: Part): TypedArray {
  return viewOf(heldDType(part.dtype), heap.memory.buffer, part.ptr, part.length);
}

/** Gives every NaN of `length` elements the same bits, for wasm leaves open which they are. */
export function oneNaN(heap: Heap, dtype: DType, ptr: number, length: number): void {
  if (dtype === "float32" || dtype === "float64")
    reduceExports(heap).reduceSameNaN(dtypeCode(dtype), ptr, length);
}

function partBytes(heap: Heap, part: Part): Uint8Array {
  return new Uint8Array(heap.memory.buffer, part.ptr, part.length * itemSize(part.dtype));
}

/** What any value is better than. */
export function extremeIdentity(dtype: DType, isMax: boolean): number | bigint {
  if (dtype === "float16") return isMax ? ~HALF_INFINITY_KEY : HALF_INFINITY_KEY;
  if (isFloat(dtype)) return isMax ? -Infinity : Infinity;
  const range = integerRange(dtype)[isMax ? 0 : 1];
  return isBigInt(dtype) ? range : Number(range);
}
