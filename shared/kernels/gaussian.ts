import * as z from "zod";
import { DTYPES } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./filters/mode.ts";
import {
  expandSigma,
  gaussianFilters,
  radiiOf,
  SIGMA,
  type Sigma,
  sigmaSchema,
  smooths,
  truncateSchema,
} from "./gaussian-filters.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";
import { expandPerAxis, type PerAxis, perAxisSchema } from "./per-axis.ts";
import { linearDType, separable, separableReference, separableScratch } from "./separable.ts";
import { boxedSeparable } from "./separable-box.ts";

const count = z.int().nonnegative();

const schema = z.strictObject({
  sigma: sigmaSchema.describe(SIGMA),
  order: perAxisSchema(count)
    .default(0)
    .describe("Derivative per axis: 0 smooths, 1 is the first derivative, and so on"),
  ...modeParameters(),
  truncate: truncateSchema
    .optional()
    .describe("Standard deviations at which the kernel is cut; 4 by default"),
  radius: perAxisSchema(count)
    .optional()
    .describe("Where the kernel is cut per axis, in elements, instead of truncate"),
});

type GaussianArgs = z.output<typeof schema>;

interface Resolved extends FilterEnds {
  readonly sigma: readonly number[];
  readonly order: readonly number[];
  readonly radius: readonly number[];
}

/**
 * Gaussian smoothing, or a derivative of a Gaussian, one axis after the other. Computes in and gives float32 for bool,
 * integers up to 16 bits, float16 and float32, float64 otherwise. Equals scipy.ndimage.gaussian_filter of the input as
 * that dtype; `mode` matters at the ends of the block that it is given.
 */
export const gaussianKernel: Kernel<GaussianArgs> = {
  name: "gaussian",
  summary: "Gaussian smoothing, or derivatives of it, by a separable filter",
  equals: "scipy.ndimage.gaussian_filter",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: ["sigma"],

  resolve(args, { axes }) {
    if (args.truncate !== undefined && args.radius !== undefined) {
      throw new LamellaError(
        "INVALID_ARGS",
        "gaussian: truncate and radius both say where the kernel is cut",
        {
          hint: "Give one of them.",
        },
      );
    }
    const sigma = expandSigma(args.sigma as Sigma, axes, "gaussian's sigma");
    const order = expandPerAxis(args.order as PerAxis<number>, axes, {
      parameter: "gaussian's order",
      neutral: 0,
    });
    const radius =
      args.radius === undefined
        ? radiiOf(sigma, args.truncate ?? 4)
        : expandPerAxis(args.radius as PerAxis<number>, axes, {
            parameter: "gaussian's radius",
            neutral: 0,
          }).map((value, i) => (smooths(sigma[i]!) ? value : 0));
    return { sigma, order, radius, mode: args.mode, cval: args.cval };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args) {
    return { kind: "reach", reach: resolved(args).radius.map((r) => [r, r] as const) };
  },

  scratchBytes(shape, [input], args) {
    return separableScratch(shape, filtersOf(args), input!);
  },

  costPerElement(args, _ndim, [input]) {
    const { sigma, radius } = resolved(args);
    const perTap = linearDType(input!) === "float32" ? 0.12 : 0.24;
    return radius.reduce((sum, r, i) => (smooths(sigma[i]!) ? sum + 0.4 + r * perTap : sum), 0.3);
  },

  run(heap, [input], args) {
    return separable(heap, input!, filtersOf(args), boundaryOfMode(resolved(args)));
  },

  boxed: boxedSeparable(filtersOf, (args) => boundaryOfMode(resolved(args))),

  reference([input], args) {
    return separableReference(input!, filtersOf(args), boundaryOfMode(resolved(args)));
  },
};

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}

function filtersOf(args: ResolvedArgs) {
  const { sigma, order, radius } = resolved(args);
  return gaussianFilters(sigma, order, radius);
}
