import { sizeOf, stridesOf } from "../../block/block.ts";
import { itemSize, viewOf } from "../../block/dtype.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { ResolvedArgs } from "../kernel.ts";
import { type ReductionName, reductionOf } from "../reduce/index.ts";
import type { RegionOp } from "./region-op.ts";

export interface CoarsenArgs {
  readonly reduction: ReductionName;
  /** Elements per axis that become one. */
  readonly factors: readonly number[];
}

/** What the partial results of the windows that are worked on at once may take. */
const STATE_BYTES = 2 ** 20;

/**
 * Windows of neighbouring elements reduced to one element each, by the exact reductions: integer sums in 64 bits, float sums
 * rounded once. Dtypes are numpy's. Equals dask.array.coarsen.
 */
export const coarsenOp: RegionOp = {
  name: "coarsen",
  boxes(args, region) {
    const { factors } = coarsened(args);
    return [
      {
        start: region.start.map((s, axis) => s * factors[axis]!),
        shape: region.shape.map((n, axis) => n * factors[axis]!),
      },
    ];
  },
  scratchBytes(args, region, _boxes, facts) {
    const { reduction } = coarsened(args);
    const { inputs, dtype } = facts;
    const n = Math.min(sizeOf(region.shape), tileLength(reduction, inputs[0]!.dtype));
    return reductionOf([reduction]).stateBytes(n, inputs[0]!.dtype) + n * itemSize(dtype) + 128;
  },
  costPerElement(args) {
    return coarsened(args).factors.reduce((n, f) => n * f, 1) * 1.2;
  },
  run(heap, args, region, [block], _boxes, facts) {
    const { reduction, factors } = coarsened(args);
    const target = heap.alloc(facts.dtype, region.shape);
    if (target.data.length > 0) reduceTiles(heap, block!, target, reduction, factors);
    return target;
  },
};

function coarsened(args: ResolvedArgs): CoarsenArgs {
  return args as unknown as CoarsenArgs;
}

function tileLength(reduction: ReductionName, input: Parameters<typeof itemSize>[0]): number {
  return Math.max(1, Math.floor(STATE_BYTES / (reductionOf([reduction]).stateBytes(1024, input) / 1024)));
}

/** The windows of a few neighbouring elements of the target at a time: leading axes one by one, then a range of one axis, the rest whole. */
function reduceTiles(
  heap: Heap,
  block: HeapBlock,
  target: HeapBlock,
  name: ReductionName,
  factors: readonly number[],
): void {
  const most = tileLength(name, block.dtype);
  const { shape } = target;
  const strides = stridesOf(shape);
  let axis = 0;
  while (axis < shape.length - 1 && strides[axis]! > most) axis++;
  const lead = shape.slice(0, axis);
  const n = shape[axis] ?? 1;
  const step = Math.max(1, Math.min(n, Math.floor(most / (strides[axis] ?? 1))));
  for (const position of positions(lead)) {
    for (let from = 0; from < n; from += step) {
      const count = Math.min(step, n - from);
      const box = [...position, ...(shape.length > 0 ? [from] : [])];
      reduceTile(heap, block, target, name, factors, box, count);
    }
  }
}

function reduceTile(
  heap: Heap,
  block: HeapBlock,
  target: HeapBlock,
  name: ReductionName,
  factors: readonly number[],
  at: readonly number[],
  count: number,
): void {
  const reduction = reductionOf([name]);
  const axis = at.length - 1;
  const tile = target.shape.length === 0 ? [] : [count, ...target.shape.slice(axis + 1)];
  const state = reduction.init(heap, block.dtype, tile);
  const strides = stridesOf(block.shape);
  const lead = Math.max(0, axis);
  // Each window axis right behind the axis it is reduced from.
  const window = tile.flatMap((n, i) => [n, factors[lead + i]!]);
  const reduced = tile.map((_, i) => 2 * i + 1);
  for (const inside of positions(factors.slice(0, lead))) {
    const first = at.reduce(
      (sum, o, k) => sum + (o * factors[k]! + (k < lead ? inside[k]! : 0)) * strides[k]!,
      0,
    );
    const ptr = block.ptr + first * itemSize(block.dtype);
    const data = viewOf(block.dtype, heap.memory.buffer, ptr, sizeOf(window));
    reduction.accumulate(heap, state, { dtype: block.dtype, shape: window, ptr, data }, reduced);
  }
  const result = reduction.finish(heap, state, name);
  const to = at.reduce((sum, o, k) => sum + o * stridesOf(target.shape)[k]!, 0);
  (target.data as Uint8Array).set(result.data as Uint8Array, to);
  heap.free(result);
  reduction.free(heap, state);
}

/** Every position in a shape, in C order. */
function* positions(shape: readonly number[]): Generator<number[]> {
  const strides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) yield shape.map((n, axis) => Math.floor(i / strides[axis]!) % n);
}
