import { sizeOf } from "../../block/block.ts";
import { type DType, isFloat, itemSize, type TypedArray } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { ResolvedArgs } from "../kernel.ts";
import { along } from "./lines.ts";
import type { RegionOp } from "./region-op.ts";

export interface DiffArgs {
  readonly axis: number;
  /** How many times over. */
  readonly n: number;
}

/** Differences of neighbours along an axis: integers wrap, bool is whether they differ, floats are rounded each time. Equals numpy.diff. */
export const diffOp: RegionOp = {
  name: "diff",
  boxes(args, region) {
    const { axis, n } = differences(args);
    const count = region.shape[axis]!;
    return [along(region, axis, region.start[axis]!, count === 0 ? 0 : count + n)];
  },
  scratchBytes: (_args, _region, [box], { dtype }) => aligned(sizeOf(box!.shape) * itemSize(dtype)),
  costPerElement: (args) => 2 + 2 * differences(args).n,
  run(heap, args, region, [block], [box], facts) {
    const { axis, n } = differences(args);
    const target = heap.alloc(facts.dtype, region.shape);
    if (target.data.length === 0) return target;
    const work = heap.copyIn(block!);
    const inner = sizeOf(region.shape.slice(axis + 1));
    const line = box!.shape[axis]! * inner;
    for (let i = 1; i <= n; i++) {
      const used = line - i * inner;
      for (let at = 0; at < work.data.length; at += line) subtract(work.data, at, used, inner, facts.dtype);
    }
    const kept = region.shape[axis]! * inner;
    const dst = target.data as Uint8Array;
    for (let at = 0, to = 0; to < dst.length; at += line, to += kept)
      dst.set((work.data as Uint8Array).subarray(at, at + kept), to);
    heap.free(work);
    return target;
  },
};

function differences(args: ResolvedArgs): DiffArgs {
  return args as unknown as DiffArgs;
}

/** Each of `count` elements from `at` on becomes the one `step` further less itself. Storing rounds and wraps. */
function subtract(data: TypedArray, at: number, count: number, step: number, dtype: DType): void {
  const values = data as Float64Array;
  const end = at + count;
  if (dtype === "bool") for (let i = at; i < end; i++) values[i] = Number(values[i + step] !== values[i]);
  else if (isFloat(dtype)) {
    for (let i = at; i < end; i++) {
      const difference = values[i + step]! - values[i]!;
      values[i] = Number.isNaN(difference) ? Number.NaN : difference;
    }
  } else for (let i = at; i < end; i++) values[i] = values[i + step]! - values[i]!;
}
