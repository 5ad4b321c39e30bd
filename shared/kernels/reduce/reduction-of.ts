import { sizeOf } from "../../block/block.ts";
import { type DType, itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { ACCUMULATORS, type AccumulatorKind, type Part } from "./accumulator.ts";
import { max, min } from "./extremes.ts";
import { mean } from "./mean.ts";
import type { Reduction, ReductionName, ReductionOperation, ReductionState } from "./reduction.ts";
import { notAState, readHead, writeHead } from "./serialize.ts";
import { slabs, split } from "./slabs.ts";
import { sum } from "./sum.ts";
import { standardDeviation, variance } from "./variance.ts";

const OPERATIONS: { readonly [N in ReductionName]: ReductionOperation } = {
  sum,
  mean,
  var: variance,
  std: standardDeviation,
  min,
  max,
};

/** Several accumulators take turns on pieces of this size, which stay in the second-level cache. */
const PIECE_BYTES = 128 * 1024;

/** The reduction that gathers, in one pass, what all of `names` need. */
export function reductionOf(names: readonly ReductionName[]): Reduction {
  const kinds = kindsOf(names);
  return {
    names,
    stateBytes: (outputLength, dtype) =>
      kinds.reduce((sum, kind) => sum + blockBytes(outputLength * ACCUMULATORS[kind].bytes(dtype)), 0),
    outputDType: (name, dtype) => OPERATIONS[name].outputDType(dtype),
    init: (heap, dtype, shape) => newState(heap, kinds, dtype, shape, 0),
    accumulate,
    merge,
    finish(heap, state, name, ddof = 0) {
      if (!Number.isInteger(ddof)) {
        throw new LamellaError("INVALID_ARGUMENT", `ddof must be a whole number, not ${ddof}`);
      }
      const { needs, finish } = OPERATIONS[name];
      const part =
        state.parts.find(({ kind }) => kind === needs) ??
        (needs === "sum" ? state.parts.find(({ kind }) => kind === "moments") : undefined);
      if (!part) throw new LamellaError("INTERNAL", `the state gathered nothing for ${name}`);
      return finish(heap, state, part, ddof);
    },
    serialize,
    deserialize: (heap, bytes) => deserialize(heap, kinds, bytes),
    free(heap, state) {
      for (const part of state.parts) heap.freeBytes(part.ptr);
    },
  };
}

/** In one order whatever the names' order; moments hold the sum too. */
function kindsOf(names: readonly ReductionName[]): AccumulatorKind[] {
  const needed = new Set(names.map((name) => OPERATIONS[name].needs));
  if (needed.has("moments")) needed.delete("sum");
  return (Object.keys(ACCUMULATORS) as AccumulatorKind[]).filter((kind) => needed.has(kind));
}

/** As the heap rounds an allocation up. */
function blockBytes(bytes: number): number {
  return Math.ceil(Math.max(1, bytes) / 64) * 64;
}

function newState(
  heap: Heap,
  kinds: readonly AccumulatorKind[],
  dtype: DType,
  shape: readonly number[],
  count: number,
): ReductionState {
  const length = sizeOf(shape);
  const parts = kinds.map((kind): Part => {
    const accumulator = ACCUMULATORS[kind];
    const ptr = heap.allocBytes(length * accumulator.bytes(dtype));
    const part: Part = { kind, ptr, length, dtype, pending: 0 };
    accumulator.init(heap, part);
    return part;
  });
  return { dtype, shape, count, parts };
}

function accumulate(heap: Heap, state: ReductionState, block: HeapBlock, axes: readonly number[]): void {
  const kept = block.shape.filter((_, axis) => !axes.includes(axis));
  if (block.dtype !== state.dtype || kept.join() !== state.shape.join()) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `a ${block.dtype} block [${block.shape}] reduced over axes [${axes}] doesn't fit a state of ` +
        `${state.dtype} [${state.shape}]`,
    );
  }
  const item = itemSize(block.dtype);
  const taken = axes.reduce((product, axis) => product * block.shape[axis]!, 1);
  const piece = state.parts.length > 1 ? PIECE_BYTES / item : Number.POSITIVE_INFINITY;
  for (const part of state.parts) ACCUMULATORS[part.kind].prepare(heap, part, taken);
  for (const slab of slabs(block.shape, axes)) {
    for (const part of split(slab, piece)) {
      const at = { ...part, src: block.ptr + part.src * item };
      for (const accumulator of state.parts) ACCUMULATORS[accumulator.kind].take(heap, accumulator, at);
    }
  }
  state.count += taken;
}

function merge(heap: Heap, into: ReductionState, from: ReductionState): void {
  const kinds = (state: ReductionState) => state.parts.map(({ kind }) => kind).join();
  if (
    into.dtype !== from.dtype ||
    into.shape.join() !== from.shape.join() ||
    into.shape.length !== from.shape.length ||
    kinds(into) !== kinds(from)
  ) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `a partial state of ${from.dtype} [${from.shape}] (${kinds(from)}) doesn't merge into one of ` +
        `${into.dtype} [${into.shape}] (${kinds(into)})`,
    );
  }
  for (const [i, part] of into.parts.entries()) ACCUMULATORS[part.kind].merge(heap, part, from.parts[i]!);
  into.count += from.count;
}

function serialize(heap: Heap, state: ReductionState): Uint8Array {
  const kinds = state.parts.map(({ kind }) => kind);
  const head = writeHead({ dtype: state.dtype, shape: state.shape, count: state.count, kinds });
  return Buffer.concat([head, ...state.parts.map((part) => ACCUMULATORS[part.kind].pack(heap, part))]);
}

function deserialize(heap: Heap, kinds: readonly AccumulatorKind[], bytes: Uint8Array): ReductionState {
  const { head, bodyAt } = readHead(bytes);
  if (head.kinds.join() !== kinds.join()) {
    throw notAState(`it holds ${head.kinds.join(", ")}, not ${kinds.join(", ")}`);
  }
  const state = newState(heap, kinds, head.dtype, head.shape, head.count);
  let at = bodyAt;
  for (const part of state.parts) {
    const used = ACCUMULATORS[part.kind].unpack(heap, part, bytes.subarray(at));
    if (used === undefined) {
      for (const { ptr } of state.parts) heap.freeBytes(ptr);
      throw notAState("it ends too early");
    }
    at += used;
  }
  return state;
}
