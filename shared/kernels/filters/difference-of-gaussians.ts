import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES, type DType, isFloat } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import {
  expandSigma,
  gaussianFilters,
  radiiOf,
  type Sigma,
  sigmaSchema,
  truncateSchema,
} from "../gaussian-filters.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { linearDType, separable, separableReference, separableScratch } from "../separable.ts";
import { blockBytes, combineExports, isDouble, roundingOf } from "./combine.ts";
import { imgAsFloat, imgAsFloatReference } from "./img-as-float.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./mode.ts";

const schema = z.strictObject({
  lowSigma: sigmaSchema.describe(
    "Standard deviation of the narrower Gaussian per axis, in elements or as a physical length",
  ),
  highSigma: sigmaSchema
    .optional()
    .describe("Standard deviation of the wider Gaussian per axis; by default 1.6 times lowSigma"),
  ...modeParameters("nearest"),
  truncate: truncateSchema.default(4).describe("Standard deviations at which the Gaussians are cut"),
});

interface Resolved extends FilterEnds {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly truncate: number;
}

/**
 * A narrower Gaussian less a wider one: what has a size between them. Integers are taken as 0 or -1 to 1 of their dtype.
 * Gives float32 for bool, integers up to 16 bits, float16 and float32, else float64. Equals
 * skimage.filters.difference_of_gaussians.
 */
export const differenceOfGaussiansKernel: Kernel<z.output<typeof schema>> = {
  name: "differenceOfGaussians",
  summary: "A narrower Gaussian less a wider one: features of a size between them",
  equals: "skimage.filters.difference_of_gaussians",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: ["lowSigma", "highSigma"],

  resolve(args, { axes }) {
    const low = expandSigma(args.lowSigma as Sigma, axes, "differenceOfGaussians' lowSigma");
    const high =
      args.highSigma === undefined
        ? low.map((value) => value * 1.6)
        : expandSigma(args.highSigma as Sigma, axes, "differenceOfGaussians' highSigma");
    const narrower = high.findIndex((value, i) => value < low[i]!);
    if (narrower >= 0) {
      throw new LamellaError(
        "INVALID_ARGS",
        `differenceOfGaussians' highSigma is below its lowSigma on axis ${axes[narrower]!.name}`,
        { hint: "The wider Gaussian is subtracted from the narrower one: let highSigma be the larger." },
      );
    }
    return { low, high, truncate: args.truncate, mode: args.mode, cval: args.cval };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args) {
    const { high, truncate } = resolved(args);
    return { kind: "reach", reach: radiiOf(high, truncate).map((r) => [r, r] as const) };
  },

  scratchBytes(shape, [input], args) {
    const dtype = linearDType(input!);
    const [low, high] = filtersOf(args);
    const passes = Math.max(separableScratch(shape, low, dtype), separableScratch(shape, high, dtype));
    const block = blockBytes(sizeOf(shape), dtype);
    return (takesAsIs(input!) ? 1 : 2) * block + passes;
  },

  costPerElement(args, _ndim, [input]) {
    const { low, high, truncate } = resolved(args);
    const perTap = linearDType(input!) === "float32" ? 0.12 : 0.24;
    return [...radiiOf(low, truncate), ...radiiOf(high, truncate)].reduce(
      (sum, r) => (r > 0 ? sum + 0.4 + r * perTap : sum),
      1.2,
    );
  },

  run(heap, [input], args) {
    const [low, high] = filtersOf(args);
    const boundary = boundaryOfMode(resolved(args));
    const asIs = takesAsIs(input!.dtype);
    const image = asIs ? input! : imgAsFloat(heap, input!, linearDType(input!.dtype));
    const result = separable(heap, image, low, boundary);
    const wider = separable(heap, image, high, boundary);
    combineExports(heap).subtractFrom(isDouble(result), result.ptr, wider.ptr, result.data.length);
    heap.free(wider);
    if (!asIs) heap.free(image);
    return result;
  },

  reference([input], args) {
    const [low, high] = filtersOf(args);
    const boundary = boundaryOfMode(resolved(args));
    const image = imgAsFloatReference(input!, linearDType(input!.dtype));
    const result = separableReference(image, low, boundary);
    const wider = separableReference(image, high, boundary);
    const round = roundingOf(result);
    const data = result.data as Float64Array;
    for (let i = 0; i < data.length; i++) data[i] = round(data[i]! - (wider.data[i] as number));
    return result;
  },
};

function takesAsIs(input: DType): boolean {
  return isFloat(input) || input === "bool";
}

function filtersOf(args: ResolvedArgs) {
  const { low, high, truncate } = resolved(args);
  const none = low.map(() => 0);
  return [low, high].map((sigma) => gaussianFilters(sigma, none, radiiOf(sigma, truncate))) as [
    ReturnType<typeof gaussianFilters>,
    ReturnType<typeof gaussianFilters>,
  ];
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
