import type { Boundary } from "../../block/boundary.ts";

/** Sizes of blocks with their halo: without a boundary the ends have none, and an inner one reaches no farther than the array. */
export function grownBlocks(
  blocks: readonly number[],
  [before, after]: readonly [number, number],
  boundary: Boundary,
): number[] {
  const total = blocks.reduce((a, b) => a + b, 0);
  let start = 0;
  return blocks.map((size) => {
    const low = boundary === "none" ? Math.min(before, start) : before;
    start += size;
    const high = boundary === "none" ? Math.min(after, total - start) : after;
    return size + low + high;
  });
}
