import type { Chunks } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import { reductionOf } from "../kernels/reduce/index.ts";
import { hintOfNames } from "../nearest-name.ts";
import { coarsenedAxis } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";

/** The reductions that windows take. */
export const COARSEN_REDUCTIONS = ["mean", "sum", "max", "min", "std", "var"] as const;
export type CoarsenReduction = (typeof COARSEN_REDUCTIONS)[number];

export interface CoarsenOptions {
  /** Leave out the elements at the end that don't fill a window; without it they are an error. */
  readonly trimExcess?: boolean;
  readonly step?: string;
}

/**
 * Windows of neighbouring elements become one element each: `axes` says how many along which axis, by index or name. Equals
 * dask.array.coarsen. An axis's scale grows by its factor, and the origin moves to the middle of the first window. Along a
 * channel axis the channels' names go. Throws SHAPE_MISMATCH where windows don't fit and `trimExcess` isn't set.
 */
export function coarsen(
  input: ArrayNode,
  reduction: CoarsenReduction,
  axes: { readonly [axis: string]: number },
  options: CoarsenOptions = {},
): ArrayNode {
  const step = options.step ?? "coarsen";
  if (!COARSEN_REDUCTIONS.includes(reduction)) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: coarsen has no reduction "${String(reduction)}"`,
      {
        hint: hintOfNames(String(reduction), COARSEN_REDUCTIONS),
      },
    );
  }
  const factors = input.shape.map(() => 1);
  for (const [name, factor] of Object.entries(axes)) {
    const axis = axisOf(name, input.axes, step);
    if (!Number.isInteger(factor) || factor < 1) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: the factor ${String(factor)} of axis ${input.axes[axis]!.name} is not a whole number of at least 1`,
        {
          hint: "Give how many elements of an axis become one, such as { y: 2, x: 2 }; leave out axes that stay.",
        },
      );
    }
    factors[axis] = factor;
  }
  const excess = input.shape.findIndex((n, axis) => n % factors[axis]! !== 0);
  if (excess >= 0 && options.trimExcess !== true) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: windows of ${factors[excess]} don't fill axis ${input.axes[excess]!.name} of ${input.shape[excess]}`,
      { hint: "Set trimExcess to leave out the rest, or pad or slice first." },
    );
  }
  const channel = input.axes.findIndex((axis) => axis.type === "channel");
  return opNode({
    name: "coarsen",
    op: "coarsen",
    args: { reduction, factors },
    inputs: [input],
    shape: input.shape.map((n, axis) => Math.floor(n / factors[axis]!)),
    chunks: coarsenedChunks(input.chunks, factors),
    dtype: reductionOf([reduction]).outputDType(reduction, input.dtype),
    axes: input.axes.map((axis, i) => (factors[i] === 1 ? axis : coarsenedAxis(axis, factors[i]!))),
    ...(input.channels && (channel < 0 || factors[channel] === 1) ? { channels: input.channels } : {}),
    step,
  });
}

/** Windows that end in a block belong to it; blocks without any go. */
function coarsenedChunks(chunks: Chunks, factors: readonly number[]): number[][] {
  return chunks.map((blocks, axis) => {
    const factor = factors[axis]!;
    let at = 0;
    let done = 0;
    const sizes = blocks.map((size) => {
      at += size;
      const windows = Math.floor(at / factor) - done;
      done += windows;
      return windows;
    });
    const kept = sizes.filter((n) => n > 0);
    return kept.length > 0 ? kept : [0];
  });
}
