import { sizeOf } from "../../block/block.ts";
import { type AxisMap, axisMap, type Boundary, readBox } from "../../block/boundary.ts";
import { copyBox } from "../../block/copy.ts";
import { itemSize } from "../../block/dtype.ts";
import { gather } from "../../block/extend.ts";
import { type Region, stopOf } from "../../block/region.ts";
import { castBlock } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { ResolvedArgs } from "../kernel.ts";
import { type AxisFilter, separable, separableScratch } from "../separable.ts";
import type { RegionFacts, RegionOp } from "./region-op.ts";

export interface SplineArgs {
  readonly order: number;
  /** What lies beyond the ends of each axis that is filtered; "none" for one that isn't. */
  readonly boundary: readonly Boundary[];
}

/** The pole of the filter, and where its response, which falls by the pole with each element, is nothing beside a double. */
const POLES: { readonly [order: number]: { pole: number; gain: number; reach: number } } = {
  2: { pole: Math.sqrt(8) - 3, gain: 8, reach: 23 },
  3: { pole: Math.sqrt(3) - 2, gain: 6, reach: 30 },
};

/**
 * The coefficients of the spline that goes through an array's elements, float64. The recursive filter of scipy's is here its
 * impulse response, cut where doubles no longer see it: a coefficient depends on a fixed number of elements, the same whatever
 * the chunks. Equals scipy.ndimage.spline_filter to the last few digits (M. Unser, "Splines: a perfect fit", 1999).
 */
export const splineOp: RegionOp = {
  name: "spline",
  boxes: (args, region, facts) => {
    const maps = mapsOf(args, region, facts);
    return [readBox(maps)];
  },
  scratchBytes(args, region, _boxes, facts) {
    const shape = mapsOf(args, region, facts).map((m) => m.stop - m.start);
    const size = sizeOf(shape);
    const filtering = aligned(8 * size) + separableScratch(shape, filtersOf(args), "float64");
    return aligned(8 * size) + Math.max(filtering, aligned(itemSize(facts.inputs[0]!.dtype) * size));
  },
  costPerElement: (args) => 4 + 5 * filtersOf(args).length,
  run(heap, args, region, [block], _boxes, facts) {
    const target = heap.alloc(facts.dtype, region.shape);
    if (target.data.length === 0) return target;
    const maps = mapsOf(args, region, facts);
    const extended = heap.alloc(
      block!.dtype,
      maps.map((m) => m.stop - m.start),
    );
    gather(block!, extended, maps);
    const doubles = castBlock(heap, extended, "float64");
    heap.free(extended);
    const filtered = separable(heap, doubles, filtersOf(args), "nearest");
    heap.free(doubles);
    copyBox(
      filtered,
      region.start.map((s, axis) => s - maps[axis]!.start),
      target,
      region.shape.map(() => 0),
      region.shape,
    );
    heap.free(filtered);
    return target;
  },
};

function mapsOf(args: ResolvedArgs, region: Region, { inputs }: RegionFacts): AxisMap[] {
  const { order, boundary } = args as unknown as SplineArgs;
  const stop = stopOf(region);
  return region.start.map((start, axis) => {
    const far = boundary[axis] === "none" || region.shape[axis] === 0 ? 0 : POLES[order]!.reach;
    return axisMap(start - far, stop[axis]! + far, inputs[0]!.shape[axis]!, boundary[axis]!);
  });
}

function filtersOf(args: ResolvedArgs): AxisFilter[] {
  const { order, boundary } = args as unknown as SplineArgs;
  const { pole, gain, reach } = POLES[order]!;
  const weights = new Float64Array(reach + 1);
  weights[0] = (gain * -pole) / (1 - pole * pole);
  for (let k = 1; k <= reach; k++) weights[k] = weights[k - 1]! * pole;
  return boundary.flatMap((b, axis) => (b === "none" ? [] : [{ axis, weights, symmetry: "even" as const }]));
}
