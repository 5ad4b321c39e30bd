import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import { gaussianFilters, radiiOf } from "../gaussian-filters.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { expandPerAxis, type PerAxis, perAxisSchema } from "../per-axis.ts";
import { tapCount, type Window } from "../rank/window.ts";
import { windowRank, windowRankCost, windowRankReference, windowRankScratch } from "../rank/window-rank.ts";
import {
  type AxisFilter,
  linearDType,
  reachOf,
  separable,
  separableReference,
  separableScratch,
} from "../separable.ts";
import { blockBytes, combineExports, isDouble, roundingOf } from "./combine.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./mode.ts";
import { uniformFilters } from "./uniform-filters.ts";

const schema = z.strictObject({
  blockSize: perAxisSchema(
    z
      .int()
      .positive()
      .refine((n) => n % 2 === 1, "expected an odd number of elements"),
  )
    .default(3)
    .describe("How many elements around each are looked at per axis: an odd number"),
  method: z
    .enum(["gaussian", "mean", "median"])
    .default("gaussian")
    .describe("A Gaussian of sigma (blockSize - 1) / 6, the mean, or the median"),
  offset: z.number().default(0).describe("Is subtracted from the threshold"),
  ...modeParameters(),
});

interface Resolved extends FilterEnds {
  readonly blockSize: readonly number[];
  readonly method: "gaussian" | "mean" | "median";
  readonly offset: number;
}

/**
 * A threshold for each element, from the elements around it: those above it are foreground. Gives float32 for bool,
 * integers up to 16 bits, float16 and float32, else float64. Equals skimage.filters.threshold_local.
 */
export const thresholdLocalKernel: Kernel<z.output<typeof schema>> = {
  name: "thresholdLocal",
  summary: "A threshold for each element, from the elements around it",
  equals: "skimage.filters.threshold_local",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ blockSize, method, offset, mode, cval }, { axes }) {
    const sizes = expandPerAxis(blockSize as PerAxis<number>, axes, {
      parameter: "thresholdLocal's blockSize",
      neutral: 1,
    });
    return { blockSize: sizes, method, offset, mode, cval };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args, ndim) {
    const { blockSize, method } = resolved(args);
    if (method === "median") {
      return { kind: "reach", reach: blockSize.map((n) => [n >> 1, n >> 1] as const) };
    }
    const reach = new Array<readonly [number, number]>(ndim).fill([0, 0]);
    for (const filter of filtersOf(args)) reach[filter.axis] = reachOf(filter);
    return { kind: "reach", reach };
  },

  scratchBytes(shape, [input], args) {
    if (resolved(args).method !== "median") return separableScratch(shape, filtersOf(args), input!);
    const dtype = linearDType(input!);
    const { window, rank } = medianOf(args);
    const image = input === dtype ? 0 : blockBytes(sizeOf(shape), dtype);
    return image + windowRankScratch(shape, dtype, window, rank);
  },

  costPerElement(args, _ndim, [input]) {
    const dtype = linearDType(input!);
    if (resolved(args).method === "median") {
      const { window, rank } = medianOf(args);
      return 0.5 + windowRankCost(window, rank, dtype);
    }
    const perTap = dtype === "float32" ? 0.06 : 0.12;
    return filtersOf(args).reduce((sum, { weights }) => sum + 0.4 + weights.length * 2 * perTap, 0.5);
  },

  run(heap, [input], args) {
    const { method, offset } = resolved(args);
    const result =
      method === "median"
        ? localMedian(heap, input!, args)
        : separable(heap, input!, filtersOf(args), boundaryOfMode(resolved(args)));
    if (offset !== 0) {
      combineExports(heap).addConstant(isDouble(result), result.ptr, result.data.length, -offset);
    }
    return result;
  },

  reference([input], args) {
    const { method, offset } = resolved(args);
    const boundary = boundaryOfMode(resolved(args));
    const { window, rank } = medianOf(args);
    const result =
      method === "median"
        ? windowRankReference(castReference(input!, linearDType(input!.dtype)), window, rank, boundary)
        : separableReference(input!, filtersOf(args), boundary);
    if (offset === 0) return result;
    const round = roundingOf(result);
    const data = result.data as Float64Array;
    for (let i = 0; i < data.length; i++) data[i] = round(data[i]! + round(-offset));
    return result;
  },
};

function localMedian(heap: Heap, input: HeapBlock, args: ResolvedArgs): HeapBlock {
  const dtype = linearDType(input.dtype);
  const { window, rank } = medianOf(args);
  const image = input.dtype === dtype ? input : castBlock(heap, input, dtype);
  const result = windowRank(heap, image, window, rank, boundaryOfMode(resolved(args)));
  if (image !== input) heap.free(image);
  return result;
}

/** The window of a median, and the rank of its middle element. */
function medianOf(args: ResolvedArgs): { window: Window; rank: number } {
  const { blockSize } = resolved(args);
  const window = { shape: blockSize, before: blockSize.map((n) => n >> 1) };
  return { window, rank: tapCount(window) >> 1 };
}

function filtersOf(args: ResolvedArgs): AxisFilter[] {
  const { blockSize, method } = resolved(args);
  const none = blockSize.map(() => 0);
  if (method === "mean") return uniformFilters(blockSize, none);
  const sigma = blockSize.map((n) => (n - 1) / 6);
  return gaussianFilters(sigma, none, radiiOf(sigma, 4));
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
