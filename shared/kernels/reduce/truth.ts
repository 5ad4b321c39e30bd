import type { Accumulator } from "./accumulator.ts";
import { dtypeCode, reduceExports } from "./exports.ts";

/** Whether any, or all, elements are not 0 (NaN isn't): one byte of each output. */
function truth(kind: "any" | "all", id: number): Accumulator {
  const isAll = kind === "all" ? 1 : 0;
  return {
    kind,
    id,
    bytes: () => 1,

    init(heap, part) {
      reduceExports(heap).fillBytes(part.ptr, isAll, part.length);
    },

    prepare() {},

    take(heap, part, { src, outer, reduced, inner, at }) {
      const code = dtypeCode(part.dtype);
      reduceExports(heap).reduceTruth(isAll, code, src, outer, reduced, inner, part.ptr + at);
    },

    merge(heap, into, from) {
      reduceExports(heap).reduceTruth(isAll, dtypeCode("bool"), from.ptr, 1, 1, into.length, into.ptr);
    },

    pack: (heap, part) => new Uint8Array(heap.memory.buffer, part.ptr, part.length).slice(),

    unpack(heap, part, bytes) {
      if (bytes.length < part.length) return undefined;
      new Uint8Array(heap.memory.buffer, part.ptr, part.length).set(bytes.subarray(0, part.length));
      return part.length;
    },
  };
}

export const anyTrue: Accumulator = truth("any", 6);
export const allTrue: Accumulator = truth("all", 7);
