import * as z from "zod";
import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { gaussianRadius, gaussianWeights } from "./gaussian-weights.ts";
import { expandPerAxis, type PerAxis, perAxisSchema } from "./per-axis.ts";
import type { AxisFilter } from "./separable.ts";

/** Standard deviations at or below this leave the axis alone, as in scipy. */
const NO_SIGMA = 1e-15;

const length = z.union([
  z.number().nonnegative(),
  z.string().regex(/\d\s*\S/, 'expected elements or a length like "0.5 um"'),
]);

/** A standard deviation per axis. */
export const sigmaSchema = perAxisSchema(length);

export const SIGMA =
  "Standard deviation per axis, in elements or as a physical length; 0 leaves an axis alone";

/** How far from the centre a Gaussian is cut, in standard deviations. */
export const truncateSchema = z.number().nonnegative();

export type Sigma = PerAxis<number | string>;

/** One standard deviation per axis, in elements. Throws INVALID_ARGS for a length on an axis without a scale. */
export function expandSigma(sigma: Sigma, axes: readonly Axis[], parameter: string): number[] {
  return expandPerAxis<number | string>(sigma, axes, { parameter, neutral: 0 }).map((value, i) => {
    if (typeof value === "number") return value;
    throw new LamellaError(
      "INVALID_ARGS",
      `${parameter} is "${value}" on axis ${axes[i]!.name}, which has no physical scale`,
      {
        hint: "Give it in elements, or the axis a unit.",
      },
    );
  });
}

/** Whether a standard deviation filters its axis at all. */
export function smooths(sigma: number): boolean {
  return sigma > NO_SIGMA;
}

/** The radius of each axis: 0 where it is left alone. */
export function radiiOf(sigma: readonly number[], truncate: number): number[] {
  return sigma.map((value) => (smooths(value) ? gaussianRadius(value, truncate) : 0));
}

/** The filters of a Gaussian, or of its derivatives of that order per axis, first axis first. */
export function gaussianFilters(
  sigma: readonly number[],
  order: readonly number[],
  radius: readonly number[],
): AxisFilter[] {
  return sigma.flatMap((value, axis) =>
    smooths(value)
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
