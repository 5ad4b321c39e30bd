import { z } from "zod";
import { type Boundary, parseBoundary } from "../block/boundary.ts";
import { DTYPES } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { gaussianRadius, gaussianWeights } from "./gaussian-weights.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";
import { expandPerAxis, type PerAxis, perAxisSchema } from "./per-axis.ts";
import {
  type AxisFilter,
  linearDType,
  separable,
  separableReference,
  separableScratch,
} from "./separable.ts";

export const GAUSSIAN_MODES = ["reflect", "constant", "nearest", "mirror", "wrap"] as const;

/** Standard deviations at or below this leave the axis alone, as in scipy. */
const NO_SIGMA = 1e-15;

const length = z.union([
  z.number().nonnegative(),
  z.string().regex(/\d\s*\S/, 'expected elements or a length like "0.5 um"'),
]);
const count = z.int().nonnegative();

const schema = z.strictObject({
  sigma: perAxisSchema(length).describe(
    "Standard deviation per axis, in elements or as a physical length; 0 leaves an axis alone",
  ),
  order: perAxisSchema(count)
    .default(0)
    .describe("Derivative per axis: 0 smooths, 1 is the first derivative, and so on"),
  mode: z.enum(GAUSSIAN_MODES).default("reflect").describe("What lies beyond the ends of the block"),
  cval: z.number().default(0).describe("The value beyond the ends with mode constant"),
  truncate: z
    .number()
    .nonnegative()
    .optional()
    .describe("Standard deviations at which the kernel is cut; 4 by default"),
  radius: perAxisSchema(count)
    .optional()
    .describe("Where the kernel is cut per axis, in elements, instead of truncate"),
});

type GaussianArgs = z.output<typeof schema>;

interface Resolved {
  readonly sigma: readonly number[];
  readonly order: readonly number[];
  readonly radius: readonly number[];
  readonly mode: (typeof GAUSSIAN_MODES)[number];
  readonly cval: number;
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
    const sigma = expandPerAxis<number | string>(args.sigma as PerAxis<number | string>, axes, {
      parameter: "gaussian's sigma",
      neutral: 0,
    }).map((value, i) => {
      if (typeof value === "number") return value;
      throw new LamellaError(
        "INVALID_ARGS",
        `gaussian's sigma is "${value}" on axis ${axes[i]!.name}, which has no physical scale`,
        {
          hint: "Give sigma in elements, or the axis a unit.",
        },
      );
    });
    const order = expandPerAxis(args.order as PerAxis<number>, axes, {
      parameter: "gaussian's order",
      neutral: 0,
    });
    const radii =
      args.radius === undefined
        ? sigma.map((value) => gaussianRadius(value, args.truncate ?? 4))
        : expandPerAxis(args.radius as PerAxis<number>, axes, { parameter: "gaussian's radius", neutral: 0 });
    const radius = radii.map((value, i) => (sigma[i]! > NO_SIGMA ? value : 0));
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
    return radius.reduce((sum, r, i) => (sigma[i]! > NO_SIGMA ? sum + 0.4 + r * perTap : sum), 0.3);
  },

  run(heap, [input], args) {
    return separable(heap, input!, filtersOf(args), boundaryOf(args));
  },

  reference([input], args) {
    return separableReference(input!, filtersOf(args), boundaryOf(args));
  },
};

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}

function filtersOf(args: ResolvedArgs): AxisFilter[] {
  const { sigma, order, radius } = resolved(args);
  return sigma.flatMap((value, axis) =>
    value > NO_SIGMA
      ? [
          {
            axis,
            weights: gaussianWeights(value, order[axis]!, radius[axis]!),
            symmetry: order[axis]! % 2 === 1 ? ("odd" as const) : ("even" as const),
          },
        ]
      : [],
  );
}

function boundaryOf(args: ResolvedArgs): Exclude<Boundary, "none"> {
  const { mode, cval } = resolved(args);
  return parseBoundary(mode === "constant" ? { constant: cval } : mode) as Exclude<Boundary, "none">;
}
