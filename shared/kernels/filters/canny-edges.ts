import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { DTYPES, type DType } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { expandSigma, radiiOf, type Sigma, sigmaSchema } from "../gaussian-filters.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { spatialAxes } from "../per-axis.ts";
import {
  cannyScratch,
  computeDType,
  eachSlab,
  gradientsReference,
  planeLayout,
  type ResolvedCanny,
  thinReference,
  thinSlab,
} from "./canny-gradients.ts";
import { largestOf } from "./img-as-float.ts";
import { modeParameters } from "./mode.ts";

/** What Canny's edges take, but for how they are joined. */
export const cannyParameters = {
  sigma: sigmaSchema
    .default(1)
    .describe("Standard deviation of the Gaussian along y and x, in elements or as a physical length"),
  lowThreshold: z
    .number()
    .optional()
    .describe(
      "Weak edges have at least this gradient; by default a tenth of the dtype's largest value, of floats 0.1",
    ),
  highThreshold: z
    .number()
    .optional()
    .describe(
      "Strong edges have at least this gradient; by default a fifth of the dtype's largest value, of floats 0.2",
    ),
  ...modeParameters("constant"),
};

const schema = z.strictObject(cannyParameters);

export type CannyArgs = z.output<typeof schema>;

/**
 * Weak and strong edges, before they are joined: 0 none, 1 weak, 2 strong, as uint8.
 *
 * At the image's ends scikit-image does what only a block that ends there can do: with mode constant it divides by the
 * weight that lies within; gradients reflect the smoothed image, whatever the mode; and the outermost rows and columns
 * never have edges. So an array's codes don't depend on its chunks, and equal the whole's, under a `mapOverlap` of this
 * reach with boundary none and trim: blocks end where the array does, and what is wrong at their other ends is cut off.
 * Only mode wrap needs what isn't there: the array's other end.
 */
export const cannyEdgesKernel: Kernel<CannyArgs> = {
  name: "cannyEdges",
  summary: "Canny's edges before they are joined: 0 none, 1 weak, 2 strong",
  equals: "skimage.feature.canny up to its hysteresis",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: ["sigma"],

  resolve(args, { axes, inputs }) {
    return { ...resolveCanny("cannyEdges", args, axes, inputs[0]!) };
  },

  outputDType() {
    return "uint8";
  },

  /** The Gaussian's radius, one element for the gradient, one for its neighbours. */
  extent(args) {
    const { plane, radius } = resolvedCanny(args);
    const reach = radius.map((r, axis) =>
      plane.includes(axis) ? ([r + 2, r + 2] as const) : ([0, 0] as const),
    );
    return { kind: "reach", reach };
  },

  scratchBytes(shape, [input], args) {
    return cannyScratch(shape, input!, resolvedCanny(args));
  },

  costPerElement(args, _ndim, [input]) {
    return cannyCost(resolvedCanny(args), input!);
  },

  run(heap, [input], args) {
    const r = resolvedCanny(args);
    const codes = heap.alloc("uint8", input!.shape);
    if (codes.data.length === 0) return codes;
    eachSlab(heap, input!, r, (gradients, slab) => {
      thinSlab(heap, gradients, planeLayout(input!.shape, r.plane), codes.ptr + slab, r.low, r.high);
    });
    return codes;
  },

  reference([input], args) {
    const r = resolvedCanny(args);
    return thinReference(gradientsReference(input!, r), r.plane, r.low, r.high);
  },
};

function resolvedCanny(args: ResolvedArgs): ResolvedCanny {
  return args as unknown as ResolvedCanny;
}

/** Resolves what Canny takes. Throws INVALID_ARGS where there is no plane, or the thresholds are the wrong way round. */
export function resolveCanny(
  name: string,
  args: CannyArgs,
  axes: readonly Axis[],
  input: DType,
): ResolvedCanny {
  const spatial = spatialAxes(axes);
  const [x, y] = axes.flatMap((_, i) => (spatial[i] ? [i] : [])).reverse();
  if (x === undefined || y === undefined) {
    throw new LamellaError("INVALID_ARGS", `${name} needs a plane: two axes of space`, {
      hint: "It works on the last two axes of space, each plane on its own.",
    });
  }
  const plane = [y, x] as const;
  const given = expandSigma(args.sigma as Sigma, axes, `${name}'s sigma`);
  const single = typeof args.sigma === "number" || typeof args.sigma === "string";
  const other = given.findIndex((value, i) => value > 0 && !plane.includes(i));
  if (other >= 0 && !single) {
    throw new LamellaError("INVALID_ARGS", `${name}'s sigma smooths along ${axes[other]!.name}`, {
      hint: `Planes are smoothed on their own, along ${axes[y]!.name} and ${axes[x]!.name}.`,
    });
  }
  const sigma = given.map((value, i) => (plane.includes(i) ? value : 0));
  const largest = largestOf(input);
  const low = args.lowThreshold === undefined ? 0.1 : args.lowThreshold / largest;
  const high = args.highThreshold === undefined ? 0.2 : args.highThreshold / largest;
  if (high < low) {
    throw new LamellaError("INVALID_ARGS", `${name}'s lowThreshold is above its highThreshold`, {
      hint: "By default they are a tenth and a fifth of the dtype's largest value.",
    });
  }
  return { plane, sigma, radius: radiiOf(sigma, 4), low, high, mode: args.mode, cval: args.cval };
}

/** Nanoseconds per element, but for how edges are joined. */
export function cannyCost({ radius }: ResolvedCanny, input: DType): number {
  const taps = radius.reduce((sum, r) => sum + r, 0);
  return (12 + 0.12 * taps) * (computeDType(input) === "float32" ? 1 : 2);
}
