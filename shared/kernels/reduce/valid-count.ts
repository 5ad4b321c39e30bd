import { isFloat } from "../../block/dtype.ts";
import type { Accumulator } from "./accumulator.ts";
import { dtypeCode, reduceExports } from "./exports.ts";

/** How many elements each output took that are not NaN, as float64. */
export const validCount: Accumulator = {
  kind: "count",
  id: 10,
  bytes: () => 8,

  init(heap, part) {
    new Float64Array(heap.memory.buffer, part.ptr, part.length).fill(0);
  },

  prepare() {},

  take(heap, part, { src, outer, reduced, inner, at }) {
    if (isFloat(part.dtype)) {
      reduceExports(heap).reduceCount(dtypeCode(part.dtype), src, outer, reduced, inner, part.ptr + at * 8);
      return;
    }
    const counts = new Float64Array(heap.memory.buffer, part.ptr, part.length);
    for (let i = at; i < at + outer * inner; i++) counts[i]! += reduced;
  },

  merge(heap, into, from) {
    const counts = new Float64Array(heap.memory.buffer, into.ptr, into.length);
    const more = new Float64Array(heap.memory.buffer, from.ptr, from.length);
    for (let i = 0; i < counts.length; i++) counts[i]! += more[i]!;
  },

  pack: (heap, part) => new Uint8Array(heap.memory.buffer, part.ptr, 8 * part.length).slice(),

  unpack(heap, part, bytes) {
    const length = 8 * part.length;
    if (bytes.length < length) return undefined;
    new Uint8Array(heap.memory.buffer, part.ptr, length).set(bytes.subarray(0, length));
    return length;
  },
};
