import type { Region } from "../../block/region.ts";
import type { ResolvedArgs } from "../kernel.ts";
import { along, copyLines } from "./lines.ts";
import type { RegionOp } from "./region-op.ts";

export interface RepeatArgs {
  readonly axis: number;
  /** How often each element comes, at least once. */
  readonly repeats: number;
}

/** Each element of an axis several times in a row. Equals numpy.repeat with one number. */
export const repeatOp: RegionOp = {
  name: "repeat",
  boxes: (args, region) => [boxOf(args, region)],
  scratchBytes: () => 0,
  costPerElement: () => 1.5,
  run(heap, args, region, [block], [box], facts) {
    const { axis, repeats } = repeated(args);
    const target = heap.alloc(facts.dtype, region.shape);
    const to = Uint32Array.from({ length: region.shape[axis]! }, (_, i) => i);
    const from = to.map((i) => Math.floor((region.start[axis]! + i) / repeats) - box!.start[axis]!);
    copyLines(block!, target, axis, from, to);
    return target;
  },
};

function repeated(args: ResolvedArgs): RepeatArgs {
  return args as unknown as RepeatArgs;
}

function boxOf(args: ResolvedArgs, region: Region): Region {
  const { axis, repeats } = repeated(args);
  const start = region.start[axis]!;
  const stop = start + region.shape[axis]!;
  const first = Math.floor(start / repeats);
  return along(region, axis, first, stop > start ? Math.ceil(stop / repeats) - first : 0);
}
