import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { LamellaError } from "../../errors.ts";
import { expandPerAxis, type PerAxis, spatialAxes } from "../per-axis.ts";
import { trimmed, type Window } from "../rank/window.ts";
import { axesOf } from "./axes.ts";

const row = z.array(z.number()).min(1);

/** Weights as nested lists, one level an axis. */
export const weightsSchema = z.union(
  [row, z.array(row), z.array(z.array(row)), z.array(z.array(z.array(row)))],
  {
    error: "expected numbers in nested lists, one level an axis, of up to 4 axes",
  },
);

export type NestedWeights = z.output<typeof weightsSchema>;

/** Weights over a window: those that aren't 0, in C order. */
export interface WeightedWindow {
  readonly window: Window;
  readonly weights: readonly number[];
}

export interface WeightsArgs {
  readonly weights: NestedWeights;
  readonly origin: unknown;
  readonly axes?: readonly (string | number)[] | undefined;
}

/** As scipy: smaller weights don't count. */
const LEAST_WEIGHT = 2 ** -52;

/**
 * The window of weights over the axes of the array, as scipy.ndimage correlates with them, or convolves: the weights
 * reversed, and the centre of an even number of them one further down. Throws INVALID_ARGS.
 */
export function resolveWeights(
  { weights: nested, origin: given, axes: among }: WeightsArgs,
  axes: readonly Axis[],
  kernel: string,
  reversed: boolean,
): WeightedWindow {
  const shape = shapeOf(nested);
  const values = (nested as readonly unknown[]).flat(shape.length) as number[];
  if (values.length !== shape.reduce((a, b) => a * b, 1) || values.some(Array.isArray)) {
    throw new LamellaError("INVALID_ARGS", `${kernel}'s weights aren't a box: lists differ in length`, {
      hint: "Give each level lists of one length, with 0 where there is no weight.",
    });
  }
  if (reversed) values.reverse();
  const on = values.map((weight) => Math.abs(weight) > LEAST_WEIGHT);
  if (!on.includes(true)) {
    throw new LamellaError("INVALID_ARGS", `${kernel}'s weights are all 0`, { hint: "Give at least one." });
  }
  const meant = weightedAxes(shape.length, among, axes, kernel);
  const full = axes.map((_, axis) => (meant.includes(axis) ? shape[meant.indexOf(axis)]! : 1));
  const origin = expandPerAxis(given as PerAxis<number>, axes, {
    parameter: `${kernel}'s origin`,
    neutral: 0,
  });
  const before = full.map((n, axis) => {
    if (!meant.includes(axis)) return 0;
    const shift = origin[axis]!;
    const centre = reversed ? n - 1 - (n >> 1) - shift : (n >> 1) + shift;
    if (centre >= 0 && centre < n) return centre;
    throw new LamellaError(
      "INVALID_ARGS",
      `${kernel}: origin ${shift} puts the centre outside the ${n} weights on axis ${axes[axis]!.name}`,
      { hint: `Use ${-(n >> 1)} to ${(n - 1) >> 1}.` },
    );
  });
  return { window: trimmed({ shape: full, on }, before), weights: values.filter((_, i) => on[i]) };
}

/** The same weights reversed along every axis. */
export function reversedWeights(nested: NestedWeights): NestedWeights {
  const reverse = (level: unknown): unknown => (Array.isArray(level) ? level.map(reverse).reverse() : level);
  return reverse(nested) as NestedWeights;
}

function shapeOf(nested: unknown): number[] {
  return Array.isArray(nested) ? [nested.length, ...shapeOf(nested[0])] : [];
}

/** The given axes, or the last: the last of space, where there are enough of those. */
function weightedAxes(
  rank: number,
  given: readonly (string | number)[] | undefined,
  axes: readonly Axis[],
  kernel: string,
): number[] {
  if (given !== undefined) {
    const meant = axesOf(given, axes, `${kernel}'s axes`);
    if (meant.length === rank) return meant;
    throw new LamellaError("INVALID_ARGS", `${kernel} has ${meant.length} axes, and weights of ${rank}`, {
      hint: "Nest the weights one level for each of the axes.",
    });
  }
  if (rank > axes.length) {
    throw new LamellaError(
      "INVALID_ARGS",
      `${kernel}'s weights have ${rank} axes, the array has ${axes.length}`,
      { hint: "Give weights of as many axes as the array, or of its last ones." },
    );
  }
  const spatial = spatialAxes(axes);
  const all = axes.map((_, axis) => axis);
  const inSpace = all.filter((axis) => spatial[axis]);
  return (inSpace.length >= rank ? inSpace : all).slice(-rank);
}
