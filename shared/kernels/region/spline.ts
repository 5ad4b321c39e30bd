import { sizeOf } from "../../block/block.ts";
import { type AxisMap, axisMap, type Boundary, readBox } from "../../block/boundary.ts";
import { copyBox } from "../../block/copy.ts";
import { gather } from "../../block/extend.ts";
import { type Region, stopOf } from "../../block/region.ts";
import { castBlock } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
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
  scratchBytes(args, region, [box], facts) {
    const maps = mapsOf(args, region, facts);
    const filters = filtersOf(args);
    let shape = [...box!.shape];
    let held = aligned(8 * sizeOf(shape));
    let most = held;
    for (const [i, filter] of filters.entries()) {
      const { axis } = filter;
      const long = shape.with(axis, maps[axis]!.stop - maps[axis]!.start);
      const extended = aligned(8 * sizeOf(long));
      shape = shape.with(axis, region.shape[axis]!);
      // The last one's is the result, which is counted by itself.
      const cut = i === filters.length - 1 ? 0 : aligned(8 * sizeOf(shape));
      const filtering = 2 * extended + separableScratch(long, [filter], "float64");
      most = Math.max(most, held + extended, filtering, extended + cut);
      held = cut;
    }
    return most;
  },
  costPerElement: (args) => 4 + 5 * filtersOf(args).length,
  run(heap, args, region, [block], _boxes, facts) {
    if (sizeOf(region.shape) === 0) return heap.alloc(facts.dtype, region.shape);
    const maps = mapsOf(args, region, facts);
    let current = castBlock(heap, block!, "float64");
    // Each axis is extended for its own pass alone, and cut again before the next.
    for (const filter of filtersOf(args)) {
      const map = maps[filter.axis]!;
      const cut = { at: region.start[filter.axis]! - map.start, length: region.shape[filter.axis]! };
      current = filteredAlong(heap, current, filter, map, cut);
    }
    return current;
  },
};

/** Filters a block along an axis that is extended as the map says, and cuts it there. Frees the block. */
function filteredAlong(
  heap: Heap,
  block: HeapBlock,
  filter: AxisFilter,
  map: AxisMap,
  cut: { readonly at: number; readonly length: number },
): HeapBlock {
  const { axis } = filter;
  let extended = block;
  if (map.index) {
    extended = heap.alloc(block.dtype, block.shape.with(axis, map.stop - map.start));
    gather(
      block,
      extended,
      block.shape.map((n, other) =>
        other === axis ? map : { start: 0, stop: n, readStart: 0, readStop: n },
      ),
    );
    heap.free(block);
  }
  const filtered = separable(heap, extended, [filter], "nearest");
  heap.free(extended);
  const target = heap.alloc(filtered.dtype, filtered.shape.with(axis, cut.length));
  const origin = target.shape.map(() => 0);
  copyBox(filtered, origin.with(axis, cut.at), target, origin, target.shape);
  heap.free(filtered);
  return target;
}

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
