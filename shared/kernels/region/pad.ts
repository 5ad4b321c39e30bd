import { type AxisMap, axisMap, type Boundary, readBox } from "../../block/boundary.ts";
import { gather } from "../../block/extend.ts";
import { type Region, stopOf } from "../../block/region.ts";
import type { ResolvedArgs } from "../kernel.ts";
import type { RegionFacts, RegionOp } from "./region-op.ts";

/** Elements in front of each axis, and what lies beyond the array. The result's shape says how many follow. */
export interface PadArgs {
  readonly before: readonly number[];
  readonly boundary: readonly Boundary[];
}

/**
 * The array with elements added at its ends, by the boundary of each axis: a read with out-of-range indices mapped. Equals
 * numpy.pad with the modes that are boundaries.
 */
export const padOp: RegionOp = {
  name: "pad",
  boxes: (args, region, facts) => {
    const maps = mapsOf(args, region, facts);
    return [readBox(maps)];
  },
  scratchBytes: () => 0,
  costPerElement: () => 1,
  run(heap, args, region, [block], _boxes, facts) {
    const target = heap.alloc(facts.dtype, region.shape);
    gather(block!, target, mapsOf(args, region, facts));
    return target;
  },
};

function mapsOf(args: ResolvedArgs, region: Region, { inputs }: RegionFacts): AxisMap[] {
  const { before, boundary } = args as unknown as PadArgs;
  const stop = stopOf(region);
  return region.start.map((start, axis) =>
    axisMap(start - before[axis]!, stop[axis]! - before[axis]!, inputs[0]!.shape[axis]!, boundary[axis]!),
  );
}
