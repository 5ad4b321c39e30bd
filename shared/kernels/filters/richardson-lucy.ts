import * as z from "zod";
import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { castBlock, castReference } from "../cast.ts";
import { expandSigma, gaussianFilters, radiiOf, type Sigma, sigmaSchema } from "../gaussian-filters.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { reachOf } from "../rank/window.ts";
import { linearDType, separable, separableReference, separableScratch } from "../separable.ts";
import { blockBytes, isDouble, roundingOf } from "./combine.ts";
import { weighWindow, weighWindowReference, weighWindowScratch } from "./weighted-window.ts";
import { resolveWeights, reversedWeights, type WeightedWindow, weightsSchema } from "./weights.ts";

interface DeconvolveExports {
  relativeBlur(double: boolean, dst: number, image: number, n: number, least: number): void;
  multiplyBy(double: boolean, dst: number, src: number, n: number): void;
  clampTo(double: boolean, dst: number, n: number, low: number, high: number): void;
}

const schema = z.strictObject({
  psf: weightsSchema
    .optional()
    .describe(
      "The point spread function, as nested lists; of fewer axes than the array they mean the last ones",
    ),
  sigma: sigmaSchema
    .optional()
    .describe(
      "Instead of psf, a Gaussian of this standard deviation per axis, in elements or as a physical length",
    ),
  numIter: z.int().positive().default(50).describe("Iterations: more restore more, and amplify noise more"),
  clip: z
    .boolean()
    .default(true)
    .describe(
      "The result is clipped to -1 to 1: an image with greater intensities needs false, or rescaling first",
    ),
  filterEpsilon: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Where the blurred estimate is below this, the image counts for nothing"),
});

interface Resolved {
  /** A Gaussian, or the weights that blur and those that blur the ratio. */
  readonly blur:
    | { readonly sigma: readonly number[]; readonly radius: readonly number[] }
    | { readonly forth: WeightedWindow; readonly back: WeightedWindow };
  readonly numIter: number;
  readonly clip: boolean;
  readonly filterEpsilon: number;
}

/** Beyond the ends lies nothing. */
const NOTHING = { constant: 0 } as const;
/** Where an estimate begins. */
const GREY = 0.5;

/**
 * Richardson-Lucy deconvolution. Takes intensities as they are, so bring an image to 0 to 1 first, or don't clip. Gives
 * float32 for bool, integers up to 16 bits, float16 and float32, else float64. Looks twice as far as the point spread
 * function for each iteration. Equals skimage.restoration.richardson_lucy.
 */
export const richardsonLucyKernel: Kernel<z.output<typeof schema>> = {
  name: "richardsonLucy",
  summary: "Deconvolution by Richardson and Lucy, with a Gaussian or a given point spread function",
  equals: "skimage.restoration.richardson_lucy",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: ["sigma"],

  resolve({ psf, sigma, ...rest }, { axes }) {
    if ((psf === undefined) === (sigma === undefined)) {
      throw new LamellaError("INVALID_ARGS", "richardsonLucy takes either psf or sigma", {
        hint: "Give the point spread function, or the standard deviation of a Gaussian one.",
      });
    }
    if (psf === undefined) {
      const own = expandSigma(sigma as Sigma, axes, "richardsonLucy's sigma");
      return { blur: { sigma: own, radius: radiiOf(own, 4) }, ...rest };
    }
    const windowOf = (weights: typeof psf) =>
      resolveWeights({ weights, origin: 0 }, axes, "richardsonLucy", false);
    const blur = { forth: windowOf(reversedWeights(psf)), back: windowOf(psf) };
    return { blur: blur as unknown as Json, ...rest };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args) {
    const { blur, numIter } = resolved(args);
    const once =
      "sigma" in blur
        ? blur.radius.map((r) => [2 * r, 2 * r] as const)
        : reachOf(blur.forth.window).map(([before, after], axis) => {
            const [b, a] = reachOf(blur.back.window)[axis]!;
            return [before + b, after + a] as const;
          });
    return { kind: "reach", reach: once.map(([before, after]) => [numIter * before, numIter * after]) };
  },

  scratchBytes(shape, [input], args) {
    const { blur } = resolved(args);
    const dtype = linearDType(input!);
    const pass =
      "sigma" in blur
        ? separableScratch(shape, gaussianOf(blur), dtype)
        : Math.max(
            ...[blur.forth, blur.back].map(({ window, weights }) =>
              weighWindowScratch(shape, dtype, window, weights.length),
            ),
          );
    return (input === dtype ? 2 : 3) * blockBytes(sizeOf(shape), dtype) + pass;
  },

  costPerElement(args, _ndim, [input]) {
    const { blur, numIter } = resolved(args);
    const once =
      "sigma" in blur
        ? blur.radius.reduce((sum, r) => (r > 0 ? sum + 0.4 + 0.12 * r : sum), 0.3)
        : 0.6 + 0.12 * blur.forth.weights.length;
    return numIter * (linearDType(input!) === "float32" ? 1 : 2) * (2 * once + 1);
  },

  run(heap, [input], args) {
    const { numIter, clip, filterEpsilon } = resolved(args);
    const dtype = linearDType(input!.dtype);
    const { relativeBlur, multiplyBy, clampTo } = heap.exports as unknown as DeconvolveExports;
    const estimate = heap.alloc(dtype, input!.shape);
    (estimate.data as Float64Array).fill(GREY);
    const [double, n] = [isDouble(estimate), estimate.data.length];
    if (n === 0) return estimate;
    const image = input!.dtype === dtype ? input! : castBlock(heap, input!, dtype);
    for (let i = 0; i < numIter; i++) {
      const blurred = blurOnce(heap, estimate, resolved(args), "forth");
      relativeBlur(double, blurred.ptr, image.ptr, n, leastOf(filterEpsilon));
      const correction = blurOnce(heap, blurred, resolved(args), "back");
      multiplyBy(double, estimate.ptr, correction.ptr, n);
      heap.free(blurred);
      heap.free(correction);
    }
    if (clip) clampTo(double, estimate.ptr, n, -1, 1);
    if (image !== input) heap.free(image);
    return estimate;
  },

  reference([input], args) {
    const { numIter, clip, filterEpsilon } = resolved(args);
    const image = castReference(input!, linearDType(input!.dtype));
    const estimate = newBlock(image.dtype, image.shape);
    const data = estimate.data as Float64Array;
    const round = roundingOf(image);
    data.fill(GREY);
    for (let i = 0; i < numIter; i++) {
      const blurred = blurReference(estimate, resolved(args), "forth");
      for (let k = 0; k < data.length; k++) {
        const blur = round((blurred.data[k] as number) + round(1e-12));
        const ratio = round((image.data[k] as number) / blur);
        blurred.data[k] = blur < round(leastOf(filterEpsilon)) ? 0 : ratio;
      }
      const correction = blurReference(blurred, resolved(args), "back");
      for (let k = 0; k < data.length; k++) data[k] = round(data[k]! * (correction.data[k] as number));
    }
    if (clip)
      for (let k = 0; k < data.length; k++) data[k] = data[k]! < -1 ? -1 : data[k]! > 1 ? 1 : data[k]!;
    return estimate;
  },
};

/** What the blurred estimate is compared with; without a threshold nothing is below. */
function leastOf(filterEpsilon: number): number {
  return filterEpsilon === 0 ? -Infinity : filterEpsilon;
}

function blurOnce(heap: Heap, block: HeapBlock, { blur }: Resolved, way: "forth" | "back"): HeapBlock {
  if ("sigma" in blur) return separable(heap, block, gaussianOf(blur), NOTHING);
  return weighWindow(heap, block, blur[way].window, blur[way].weights, "sumOfProducts", NOTHING);
}

function blurReference(block: Block, { blur }: Resolved, way: "forth" | "back"): Block {
  if ("sigma" in blur) return separableReference(block, gaussianOf(blur), NOTHING);
  return weighWindowReference(block, blur[way].window, blur[way].weights, "sumOfProducts", NOTHING);
}

function gaussianOf({ sigma, radius }: { sigma: readonly number[]; radius: readonly number[] }) {
  return gaussianFilters(
    sigma,
    sigma.map(() => 0),
    radius,
  );
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
