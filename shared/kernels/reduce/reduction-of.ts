import { sizeOf } from "../../block/block.ts";
import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { ACCUMULATORS, type AccumulatorKind, type Part, type Slab } from "./accumulator.ts";
import { takeFlat } from "./arg-extreme.ts";
import { argmax, argmin, nanargmax, nanargmin } from "./arg-extremes.ts";
import { dtypeCode, reduceExports } from "./exports.ts";
import { max, min } from "./extremes.ts";
import { mean } from "./mean.ts";
import { nanmax, nanmean, nanmin, nanprod, nanstd, nansum, nanvar } from "./nan-forms.ts";
import { prod } from "./prod.ts";
import type { Place, Reduction, ReductionName, ReductionOperation, ReductionState } from "./reduction.ts";
import { notAState, readHead, writeHead } from "./serialize.ts";
import { slabs, split } from "./slabs.ts";
import { sum } from "./sum.ts";
import { all, any } from "./truths.ts";
import { standardDeviation, variance } from "./variance.ts";

const OPERATIONS: { readonly [N in ReductionName]: ReductionOperation } = {
  sum,
  mean,
  var: variance,
  std: standardDeviation,
  min,
  max,
  prod,
  any,
  all,
  argmax,
  argmin,
  nansum,
  nanmean,
  nanvar,
  nanstd,
  nanmin,
  nanmax,
  nanprod,
  nanargmax,
  nanargmin,
};

/** Several accumulators take turns on pieces of this size, which stay in the second-level cache. */
const PIECE_BYTES = 128 * 1024;

/** The reduction that gathers, in one pass, what all of `names` need. */
export function reductionOf(names: readonly ReductionName[]): Reduction {
  const kinds = kindsOf(names);
  return {
    names,
    stateBytes: (outputLength, dtype) =>
      kinds.reduce((sum, kind) => sum + aligned(outputLength * ACCUMULATORS[kind].bytes(dtype)), 0),
    outputDType: (name, dtype) => OPERATIONS[name].outputDType(dtype),
    scratchBytes: (outputLength, dtype) =>
      aligned(Math.max(PIECE_BYTES, outputLength * itemSize(dtype))) *
      new Set(kinds.map((kind) => ACCUMULATORS[kind].insteadOfNaN).filter((value) => value !== undefined))
        .size,
    init: (heap, dtype, shape) => newState(heap, kinds, dtype, shape, 0),
    accumulate,
    merge,
    finish(heap, state, name, ddof = 0) {
      if (!Number.isInteger(ddof)) {
        throw new LamellaError("INVALID_ARGUMENT", `ddof must be a whole number, not ${ddof}`, {
          hint: "0 divides by the count (the default), 1 by one less, as for a sample.",
        });
      }
      const { needs, finish } = OPERATIONS[name];
      const parts = needs.map((kind) => {
        const part = state.parts.find((p) => p.kind === kind || p.kind === HELD_BY[kind]);
        if (!part) throw new LamellaError("INTERNAL", `the state gathered nothing for ${name}`);
        return part;
      });
      return finish(heap, state, parts, ddof);
    },
    serialize,
    deserialize: (heap, bytes) => deserialize(heap, kinds, bytes),
    free(heap, state) {
      for (const part of state.parts) heap.freeBytes(part.ptr);
    },
  };
}

/** Sums that moments hold too. */
const HELD_BY: { readonly [K in AccumulatorKind]?: AccumulatorKind } = {
  sum: "moments",
  nansum: "nanmoments",
};

/** In one order whatever the names' order. */
function kindsOf(names: readonly ReductionName[]): AccumulatorKind[] {
  const needed = new Set(names.flatMap((name) => OPERATIONS[name].needs));
  for (const [part, whole] of Object.entries(HELD_BY) as [AccumulatorKind, AccumulatorKind][]) {
    if (needed.has(whole)) needed.delete(part);
  }
  return (Object.keys(ACCUMULATORS) as AccumulatorKind[]).filter((kind) => needed.has(kind));
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

function accumulate(
  heap: Heap,
  state: ReductionState,
  block: HeapBlock,
  axes: readonly number[],
  place: Place = { start: block.shape.map(() => 0), shape: block.shape },
): void {
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
  const flat = state.parts.filter((part) => part.kind.includes("arg") && axes.length > 1);
  const parts = state.parts.filter((part) => !flat.includes(part));
  const base = axes.length === 1 ? place.start[axes[0]!]! : 0;
  for (const part of flat) takeFlat(heap, part, block, axes, place);
  const clean = new CleanCopies(heap, block.dtype);
  const isCopied = parts.some(clean.isWanted);
  const piece = parts.length > 1 || isCopied ? PIECE_BYTES / item : Number.POSITIVE_INFINITY;
  const together = !isCopied && (block.dtype === "float32" || !isFloat(block.dtype));
  for (const part of parts) ACCUMULATORS[part.kind].prepare(heap, part, taken);
  for (const slab of slabs(block.shape, axes)) {
    for (const part of split(slab, piece, together)) {
      const at = { ...part, src: block.ptr + part.src * item, first: base + part.first };
      clean.begin();
      for (const accumulator of parts) {
        const src = clean.isWanted(accumulator) ? clean.of(accumulator, at) : at.src;
        ACCUMULATORS[accumulator.kind].take(heap, accumulator, { ...at, src });
      }
    }
  }
  clean.free();
  state.count += taken;
}

/** Copies of a piece in which something else stands for NaN, one for each such value. */
class CleanCopies {
  readonly #heap: Heap;
  readonly #dtype: DType;
  readonly #copies = new Map<number, { ptr: number; length: number; done: boolean }>();

  constructor(heap: Heap, dtype: DType) {
    this.#heap = heap;
    this.#dtype = dtype;
  }

  readonly isWanted = (part: Part): boolean =>
    isFloat(this.#dtype) && ACCUMULATORS[part.kind].insteadOfNaN !== undefined;

  /** Another piece comes. */
  begin(): void {
    for (const copy of this.#copies.values()) copy.done = false;
  }

  of(part: Part, slab: Slab): number {
    const value = ACCUMULATORS[part.kind].insteadOfNaN!;
    const length = slab.outer * slab.reduced * slab.inner;
    let copy = this.#copies.get(value);
    if (copy && copy.length < length) {
      this.#heap.freeBytes(copy.ptr);
      copy = undefined;
    }
    if (!copy) {
      copy = { ptr: this.#heap.allocBytes(length * itemSize(this.#dtype)), length, done: false };
      this.#copies.set(value, copy);
    }
    if (!copy.done) {
      reduceExports(this.#heap).replaceNaN(dtypeCode(this.#dtype), slab.src, copy.ptr, length, value);
      copy.done = true;
    }
    return copy.ptr;
  }

  free(): void {
    for (const { ptr } of this.#copies.values()) this.#heap.freeBytes(ptr);
  }
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
