import { LamellaError } from "../../errors.ts";

/** The blocks that several chunkings of one axis have in common: cut wherever any of them cuts. Dask's common_blockdim. */
function commonBlocks(chunkings: readonly (readonly number[])[]): readonly number[] {
  const [first, ...others] = chunkings;
  if (!first) return [1];
  if (others.every((blocks) => blocks.join() === first.join())) return first;
  const ends = new Set<number>();
  for (const blocks of chunkings) {
    let end = 0;
    for (const size of blocks) {
      end += size;
      if (end > 0) ends.add(end);
    }
  }
  const sorted = [...ends].sort((a, b) => a - b);
  return sorted.length === 0 ? [0] : sorted.map((end, i) => end - (sorted[i - 1] ?? 0));
}

/** One axis of one input, for finding the blocks of its label. */
export interface LabelledAxis {
  readonly label: number;
  readonly size: number;
  readonly blocks: readonly number[];
  /** For messages: "step x, axis y". */
  readonly where: string;
}

/**
 * The blocks of each label: axes of one label are of one size, or of 1, which meets every element. Throws SHAPE_MISMATCH naming two
 * axes that disagree.
 */
export function blocksByLabel(axes: readonly LabelledAxis[], step: string): Map<number, readonly number[]> {
  const byLabel = new Map<number, readonly number[]>();
  for (const label of new Set(axes.map((axis) => axis.label))) {
    const all = axes.filter((axis) => axis.label === label);
    const full = all.find(({ size }) => size !== 1) ?? all[0]!;
    for (const axis of all) {
      if (axis.size === full.size || axis.size === 1) continue;
      throw new LamellaError(
        "SHAPE_MISMATCH",
        `step ${step}: ${full.where} has ${full.size} elements and ${axis.where} ${axis.size}, and they meet`,
        { hint: "Axes that meet have one size, or size 1; slice or rechunk the inputs first." },
      );
    }
    byLabel.set(
      label,
      commonBlocks(all.filter(({ size }) => size === full.size).map(({ blocks }) => blocks)),
    );
  }
  return byLabel;
}
