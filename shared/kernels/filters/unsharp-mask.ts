import * as z from "zod";
import { type Block, sizeOf } from "../../block/block.ts";
import { DTYPES, isFloat, isUnsigned } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import { expandSigma, gaussianFilters, radiiOf, type Sigma, sigmaSchema } from "../gaussian-filters.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { linearDType, separable, separableReference, separableScratch } from "../separable.ts";
import { blockBytes, isDouble, roundingOf } from "./combine.ts";
import { imgAsFloat, imgAsFloatReference } from "./img-as-float.ts";

interface SharpenExports {
  anyNegative(double: boolean, src: number, n: number): boolean;
  sharpen(
    double: boolean,
    dst: number,
    image: number,
    n: number,
    amount: number,
    low: number,
    high: number,
  ): void;
}

const schema = z.strictObject({
  radius: sigmaSchema
    .default(1)
    .describe("Standard deviation of the Gaussian per axis, in elements or as a physical length"),
  amount: z.number().default(1).describe("How much of the details is added"),
  preserveRange: z
    .boolean()
    .default(false)
    .describe(
      "Intensities as they are; else integers are taken as 0 or -1 to 1 of their dtype, and the result is clipped to 0 or -1 to 1",
    ),
});

interface Resolved {
  readonly sigma: readonly number[];
  readonly amount: number;
  readonly preserveRange: boolean;
}

/**
 * The image with its details, what a Gaussian takes away, added `amount` times. Gives float32 for bool, integers up to
 * 16 bits, float16 and float32, else float64. Without `preserveRange` clips to 0 to 1, or to -1 to 1 where the block has
 * a negative element. Equals skimage.filters.unsharp_mask.
 */
export const unsharpMaskKernel: Kernel<z.output<typeof schema>> = {
  name: "unsharpMask",
  summary: "Sharpens: adds what a Gaussian takes away",
  equals: "skimage.filters.unsharp_mask",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: ["radius"],

  resolve({ radius, amount, preserveRange }, { axes }) {
    return { sigma: expandSigma(radius as Sigma, axes, "unsharpMask's radius"), amount, preserveRange };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args, _ndim, [input]) {
    const { sigma, preserveRange } = resolved(args);
    if (!preserveRange && !isUnsigned(input!)) {
      return { kind: "wholeBlock", instead: "give preserveRange: true, which clips nothing" };
    }
    return { kind: "reach", reach: radiiOf(sigma, 4).map((r) => [r, r] as const) };
  },

  scratchBytes(shape, [input], args) {
    const dtype = linearDType(input!);
    const image = input === dtype ? 0 : blockBytes(sizeOf(shape), dtype);
    return image + separableScratch(shape, filtersOf(args), dtype);
  },

  costPerElement(args, _ndim, [input]) {
    const perTap = linearDType(input!) === "float32" ? 0.12 : 0.24;
    return radiiOf(resolved(args).sigma, 4).reduce((sum, r) => (r > 0 ? sum + 0.4 + r * perTap : sum), 1.5);
  },

  run(heap, [input], args) {
    const { amount, preserveRange } = resolved(args);
    const { anyNegative, sharpen } = heap.exports as unknown as SharpenExports;
    const image = imageOf(heap, input!, preserveRange);
    const result = separable(heap, image, filtersOf(args), "reflect");
    const [double, n] = [isDouble(result), result.data.length];
    const [low, high] = limitsOf(preserveRange, () => anyNegative(double, image.ptr, n));
    sharpen(double, result.ptr, image.ptr, n, amount, low, high);
    if (image !== input) heap.free(image);
    return result;
  },

  reference([input], args) {
    const { amount, preserveRange } = resolved(args);
    const dtype = linearDType(input!.dtype);
    const image: Block = preserveRange ? castReference(input!, dtype) : imgAsFloatReference(input!, dtype);
    const result = separableReference(image, filtersOf(args), "reflect");
    const [low, high] = limitsOf(preserveRange, () => (image.data as Float64Array).some((x) => x < 0));
    const round = roundingOf(result);
    const data = result.data as Float64Array;
    for (let i = 0; i < data.length; i++) {
      const x = image.data[i] as number;
      const sharp = round(x + round(round(x - data[i]!) * round(amount)));
      data[i] = sharp < low ? low : sharp > high ? high : sharp;
    }
    return result;
  },
};

/** The image in what is computed in; the input itself where it is that. */
function imageOf(heap: Heap, input: HeapBlock, preserveRange: boolean): HeapBlock {
  const dtype = linearDType(input.dtype);
  if (input.dtype === dtype) return input;
  return preserveRange || isFloat(input.dtype)
    ? castBlock(heap, input, dtype)
    : imgAsFloat(heap, input, dtype);
}

function limitsOf(preserveRange: boolean, isNegative: () => boolean): readonly [low: number, high: number] {
  if (preserveRange) return [-Infinity, Infinity];
  return isNegative() ? [-1, 1] : [0, 1];
}

function filtersOf(args: ResolvedArgs) {
  const { sigma } = resolved(args);
  return gaussianFilters(
    sigma,
    sigma.map(() => 0),
    radiiOf(sigma, 4),
  );
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
