import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { DTYPES } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { edgeOf, type WindowMode } from "./edge.ts";
import {
  chainedReach,
  edgeSchema,
  originSchema,
  resolveWindow,
  tapCount,
  type Window,
  type WindowArgs,
  windowSchema,
} from "./window.ts";
import { windowRank, windowRankCost, windowRankReference, windowRankScratch } from "./window-rank.ts";

const shared = { ...windowSchema, ...edgeSchema, origin: originSchema };

interface Resolved {
  readonly window: Window;
  /** 0 is the least. */
  readonly rank: number;
  readonly mode: WindowMode;
  readonly cval: number;
}

type Shared = WindowArgs & { readonly mode: WindowMode; readonly cval: number };

/**
 * The middle element of each window; the greater of the two for an even number of them. Gives the input's dtype. Equals
 * scipy.ndimage.median_filter; NaN counts as greater than everything.
 */
export const medianKernel = rankKernel(
  "median",
  "The middle element of a window around each element",
  "scipy.ndimage.median_filter",
  z.strictObject(shared),
  (_args, count) => count >> 1,
);

/** The element at a percentile of each window. Equals scipy.ndimage.percentile_filter. */
export const percentileKernel = rankKernel(
  "percentile",
  "The element at a percentile of a window around each element",
  "scipy.ndimage.percentile_filter",
  z.strictObject({
    percentile: z
      .number()
      .min(-100)
      .max(100)
      .describe("0 is the least element, 100 the greatest; negative from the end: -20 is 80"),
    ...shared,
  }),
  ({ percentile }, count) => {
    const percent = percentile < 0 ? percentile + 100 : percentile;
    return percent === 100 ? count - 1 : Math.trunc((count * percent) / 100);
  },
);

/** The element of a rank of each window. Equals scipy.ndimage.rank_filter. */
export const rankFilterKernel = rankKernel(
  "rank",
  "The element of a given rank of a window around each element",
  "scipy.ndimage.rank_filter",
  z.strictObject({
    rank: z.int().describe("0 is the least element; negative from the end: -1 is the greatest"),
    ...shared,
  }),
  ({ rank }, count) => {
    const from = rank < 0 ? rank + count : rank;
    if (from >= 0 && from < count) return from;
    throw new LamellaError("INVALID_ARGS", `rank ${rank} is not in a window of ${count} elements`, {
      hint: `Use ${-count} to ${count - 1}.`,
    });
  },
);

function rankKernel<Args extends Shared>(
  name: string,
  summary: string,
  equals: string,
  args: z.ZodType<Args>,
  rankOf: (args: Args, count: number) => number,
): Kernel<Args> {
  return {
    name,
    summary,
    equals,
    args,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(given, { axes }: { readonly axes: readonly Axis[] }) {
      const window = resolveWindow(given, axes, name);
      return {
        window: { ...window },
        rank: rankOf(given, tapCount(window)),
        mode: given.mode,
        cval: given.cval,
      };
    },

    outputDType([input]) {
      return input!;
    },

    extent(resolvedArgs) {
      return chainedReach(resolved(resolvedArgs).window);
    },

    scratchBytes(shape, [input], resolvedArgs) {
      const { window, rank } = resolved(resolvedArgs);
      return windowRankScratch(shape, input!, window, rank);
    },

    costPerElement(resolvedArgs, _ndim, [input]) {
      const { window, rank } = resolved(resolvedArgs);
      return windowRankCost(window, rank, input!);
    },

    run(heap, [input], resolvedArgs) {
      const { window, rank } = resolved(resolvedArgs);
      return windowRank(heap, input!, window, rank, edgeOf(resolved(resolvedArgs)));
    },

    reference([input], resolvedArgs) {
      const { window, rank } = resolved(resolvedArgs);
      return windowRankReference(input!, window, rank, edgeOf(resolved(resolvedArgs)));
    },
  };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
