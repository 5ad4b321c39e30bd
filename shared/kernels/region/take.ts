import type { Region } from "../../block/region.ts";
import type { ResolvedArgs } from "../kernel.ts";
import { along, copyLines } from "./lines.ts";
import type { RegionOp } from "./region-op.ts";

/** The elements of an axis that are taken: whole numbers within it, in any order, repeats too. */
export interface TakeArgs {
  readonly axis: number;
  readonly indices: readonly number[];
}

/** Elements that nobody takes are read along up to this many at a time: fewer reads, no more than this many times the memory. */
const WORTH_BRIDGING = 3;

/**
 * Elements of an axis by their indices. What lies apart is read apart, so that a few planes of a long stack need the memory of
 * those planes alone. Equals numpy.take.
 */
export const takeOp: RegionOp = {
  name: "take",
  boxes: (args, region) =>
    groups(args, region).map(({ first, last }) => ({
      ...along(region, taken(args).axis, first, last - first + 1),
      input: 0,
    })),
  scratchBytes: () => 0,
  costPerElement: () => 1.5,
  run(heap, args, region, blocks, _boxes, facts) {
    const { axis, indices } = taken(args);
    const target = heap.alloc(facts.dtype, region.shape);
    const wanted = indices.slice(region.start[axis]!, region.start[axis]! + region.shape[axis]!);
    for (const [i, { first, last }] of groups(args, region).entries()) {
      const to = [...wanted.keys()].filter((k) => wanted[k]! >= first && wanted[k]! <= last);
      copyLines(
        blocks[i]!,
        target,
        axis,
        to.map((k) => wanted[k]! - first),
        to,
      );
    }
    return target;
  },
};

function taken(args: ResolvedArgs): TakeArgs {
  return args as unknown as TakeArgs;
}

/** The stretches of the axis that hold what a region takes. */
function groups(args: ResolvedArgs, region: Region): { first: number; last: number }[] {
  const { axis, indices } = taken(args);
  const from = region.start[axis]!;
  const sorted = indices.slice(from, from + region.shape[axis]!).sort((a, b) => a - b);
  const found: { first: number; last: number }[] = [];
  for (const index of sorted) {
    const group = found.at(-1);
    if (group && index - group.last <= WORTH_BRIDGING) group.last = index;
    else found.push({ first: index, last: index });
  }
  return found;
}
