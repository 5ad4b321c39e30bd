import { sizeOf, stridesOf } from "../../block/block.ts";
import { copyStrided } from "../../block/copy-strided.ts";
import { type DType, itemSize } from "../../block/dtype.ts";
import type { Region } from "../../block/region.ts";
import { castBlock, dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { ResolvedArgs } from "../kernel.ts";
import type { InputBox, RegionFacts, RegionOp } from "./region-op.ts";

export interface TensordotArgs {
  /** The axes of each input that are summed over, matched in order. */
  readonly axes: readonly [readonly number[], readonly number[]];
}

interface TensordotExports {
  tensordot(
    dtype: number,
    a: number,
    b: number,
    c: number,
    m: number,
    k: number,
    n: number,
    sums: number,
  ): void;
}

/**
 * Sums of products over axes of two arrays, whole: the order of the sums is that of the axes, whatever the chunks. The dtype is
 * what the inputs' promote to; floats are summed in double precision, integers wrap. Equals numpy.tensordot.
 */
export const tensordotOp: RegionOp = {
  name: "tensordot",
  boxes: (args, region, facts) => boxesOf(args, region, facts),
  scratchBytes(args, _region, boxes, { dtype, inputs }) {
    const { axes } = args as unknown as TensordotArgs;
    const size = itemSize(computed(dtype));
    const each = boxes.map((box, i) => {
      const bytes = aligned(sizeOf(box.shape) * size);
      return (inputs[i]!.dtype === computed(dtype) ? 0 : bytes) + bytes;
    });
    const columns = sizeOf(boxes[1]!.shape.filter((_, axis) => !axes[1].includes(axis)));
    return each[0]! + each[1]! + aligned(8 * columns);
  },
  costPerElement: (args, { inputs }) =>
    2 + (args as unknown as TensordotArgs).axes[0].reduce((n, axis) => n * inputs[0]!.shape[axis]!, 1),
  run(heap, args, region, [a, b], _boxes, facts) {
    const { axes } = args as unknown as TensordotArgs;
    const target = heap.alloc(facts.dtype, region.shape);
    if (target.data.length === 0) return target;
    const [left, right] = [a!, b!];
    const freeA = left.shape.map((_, i) => i).filter((i) => !axes[0].includes(i));
    const freeB = right.shape.map((_, i) => i).filter((i) => !axes[1].includes(i));
    const m = sizeOf(freeA.map((i) => left.shape[i]!));
    const n = sizeOf(freeB.map((i) => right.shape[i]!));
    const k = sizeOf(axes[0].map((i) => left.shape[i]!));
    const one = ordered(heap, left, [...freeA, ...axes[0]], computed(facts.dtype));
    const other = ordered(heap, right, [...axes[1], ...freeB], computed(facts.dtype));
    const sums = heap.allocBytes(8 * n);
    const wasm = heap.exports as unknown as TensordotExports;
    wasm.tensordot(dtypeCode(facts.dtype), one.ptr, other.ptr, target.ptr, m, k, n, sums);
    heap.freeBytes(sums);
    if (one !== left) heap.free(one);
    if (other !== right) heap.free(other);
    return target;
  },
};

/** The dtype that the products are taken in. */
function computed(dtype: DType): DType {
  return dtype === "float16" ? "float32" : dtype;
}

function boxesOf(args: ResolvedArgs, region: Region, { inputs }: RegionFacts): InputBox[] {
  const { axes } = args as unknown as TensordotArgs;
  let axis = 0;
  return inputs.map(({ shape }, i) => {
    const start = shape.map(() => 0);
    const count = [...shape];
    for (const k of shape.keys()) {
      if (axes[i]!.includes(k)) continue;
      start[k] = region.start[axis]!;
      count[k] = region.shape[axis++]!;
    }
    return { start, shape: count };
  });
}

/** The block in `dtype` with its axes in this order; itself where nothing changes. */
function ordered(heap: Heap, block: HeapBlock, order: readonly number[], dtype: DType): HeapBlock {
  const cast = block.dtype === dtype ? block : castBlock(heap, block, dtype);
  if (order.every((axis, i) => axis === i)) return cast;
  const strides = stridesOf(block.shape);
  const turned = heap.alloc(
    dtype,
    order.map((axis) => block.shape[axis]!),
  );
  copyStrided(
    cast,
    0,
    order.map((axis) => strides[axis]!),
    turned,
  );
  if (cast !== block) heap.free(cast);
  return turned;
}
