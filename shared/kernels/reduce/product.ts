import { isBigInt } from "../../block/dtype.ts";
import type { Heap } from "../heap.ts";
import type { Accumulator, Part } from "./accumulator.ts";
import { dtypeCode, reduceExports } from "./exports.ts";
import { wideDType } from "./sum.ts";

/** Products, 8 bytes of each output: of integers 64 bits that wrap, of floats a float64 in the order of the elements. */
export const product: Accumulator = {
  kind: "product",
  id: 5,
  bytes: () => 8,

  init(heap, part) {
    const view = productView(heap, part);
    if (view instanceof Float64Array) view.fill(1);
    else view.fill(1n);
  },

  prepare() {},

  take(heap, part, { src, outer, reduced, inner, at }) {
    const code = dtypeCode(part.dtype);
    reduceExports(heap).reduceProduct(code, src, outer, reduced, inner, part.ptr + at * 8);
  },

  merge(heap, into, from) {
    const code = dtypeCode(isBigInt(wideDType(into.dtype)) ? "int64" : "float64");
    reduceExports(heap).reduceProduct(code, from.ptr, 1, 1, into.length, into.ptr);
  },

  pack(heap, part) {
    const view = productView(heap, part).slice();
    if (view instanceof Float64Array) {
      for (let i = 0; i < view.length; i++) if (Number.isNaN(view[i])) view[i] = Number.NaN;
    }
    return new Uint8Array(view.buffer);
  },

  unpack(heap, part, bytes) {
    const length = 8 * part.length;
    if (bytes.length < length) return undefined;
    new Uint8Array(heap.memory.buffer, part.ptr, length).set(bytes.subarray(0, length));
    return length;
  },
};

export function productView(heap: Heap, part: Part): Float64Array | BigUint64Array {
  const { buffer } = heap.memory;
  return isBigInt(wideDType(part.dtype))
    ? new BigUint64Array(buffer, part.ptr, part.length)
    : new Float64Array(buffer, part.ptr, part.length);
}
