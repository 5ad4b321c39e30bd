import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { dimensionOf, toUnit } from "../formats/ngff/units.ts";

export interface PyramidRequest {
  /** Resolutions in all, the full one included; default: until the smallest of y and x is at most 256. */
  readonly levels?: number;
  readonly method?: PyramidMethod;
  /**
   * Shrink factor per axis from one level to the next; default 2 along y and x. "auto": along z too, once y and x
   * are spaced as widely as z is; never where either isn't known as a length.
   */
  readonly factors?: readonly number[] | "auto";
}

export const PYRAMID_METHODS = ["mean", "mode", "nearest", "max", "min", "median"] as const;
export type PyramidMethod = (typeof PYRAMID_METHODS)[number];

export interface PyramidLevel {
  readonly shape: readonly number[];
  /** From the level before; all ones for the first. */
  readonly factors: readonly number[];
}

const SMALLEST = 256;
const MOST_LEVELS = 24;

/**
 * The levels of a pyramid: sizes by floor, never below 1 (an axis of 1 is not shrunk further). Default depth as
 * bioformats2raw: halve until the smaller of y and x is at most 256.
 */
export function pyramidLevels(
  shape: readonly number[],
  axes: readonly Axis[],
  request: PyramidRequest,
): PyramidLevel[] {
  const rank = shape.length;
  const isAuto = request.factors === "auto";
  const planes = shape.map((_, axis) => (axis >= rank - 2 ? 2 : 1));
  const wanted = request.factors === undefined || request.factors === "auto" ? planes : request.factors;
  const lead = rank - wanted.length;
  if (lead < 0 || wanted.some((f) => !Number.isInteger(f) || f < 1)) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `pyramid factors [${wanted.join(", ")}] do not fit an array of ${rank} axes`,
      {
        hint: "Give one whole factor per axis; a shorter list means the last axes.",
      },
    );
  }
  if (
    request.levels !== undefined &&
    (!Number.isInteger(request.levels) || request.levels < 1 || request.levels > MOST_LEVELS)
  ) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `a pyramid has 1 to ${MOST_LEVELS} levels, not ${request.levels}`,
      { hint: "Leave the number out for as many as the image's size asks for." },
    );
  }
  const levels: PyramidLevel[] = [{ shape, factors: shape.map(() => 1) }];
  let spacing = axes.map((axis) => axis.scale);
  while (levels.length < (request.levels ?? MOST_LEVELS)) {
    const last = levels.at(-1)!;
    if (request.levels === undefined && planeSize(last.shape, axes) <= SMALLEST) break;
    const factors = last.shape.map((n, axis) => {
      if (isAuto && axis < rank - 2) return isAsFine(axes, spacing, axis) && n >= LEAST_DEPTH ? 2 : 1;
      return axis < lead ? 1 : Math.min(wanted[axis - lead]!, Math.max(1, n));
    });
    if (factors.every((f) => f === 1)) break;
    levels.push({ shape: last.shape.map((n, axis) => Math.max(1, Math.floor(n / factors[axis]!))), factors });
    spacing = spacing.map((size, axis) => size * factors[axis]!);
  }
  return levels;
}

/** A stack of fewer planes is not halved: half of three is one. */
const LEAST_DEPTH = 4;

/** Sizes that are the same but for rounding. */
const NEARLY = 1 + 1e-6;

/**
 * Whether an axis is one of space whose elements lie no further apart than those of y and x, so that all of them are halved
 * together: until then, y and x alone catch up with it.
 */
function isAsFine(axes: readonly Axis[], spacing: readonly number[], axis: number): boolean {
  if (axes[axis]!.type !== "space") return false;
  const [own, ...plane] = [axis, axes.length - 2, axes.length - 1].map((i) => {
    const { unit } = axes[i]!;
    return unit !== undefined && dimensionOf(unit) === "length"
      ? toUnit(spacing[i]!, unit, "micrometer")
      : undefined;
  });
  if (own === undefined || plane.includes(undefined)) return false;
  return own <= NEARLY * Math.min(...(plane as number[]));
}

/**
 * Levels that follow those of a parent image, as labels do: the factors by which its sizes shrink. A parent that rounds odd sizes
 * up has one row more than labels, whose last odd row is dropped.
 */
export function levelsLike(shape: readonly number[], parent: readonly (readonly number[])[]): PyramidLevel[] {
  const levels: PyramidLevel[] = [{ shape, factors: shape.map(() => 1) }];
  for (let i = 1; i < parent.length; i++) {
    const factors = parent[i]!.map((n, axis) => shrinkFactor(parent[i - 1]![axis]!, Math.max(1, n)));
    const last = levels.at(-1)!;
    levels.push({
      shape: last.shape.map((n, axis) => Math.max(1, Math.floor(n / factors[axis]!))),
      factors: factors.map((f, axis) => Math.min(f, Math.max(1, last.shape[axis]!))),
    });
  }
  return levels;
}

/** The whole factor that takes `from` to `to`, rounding down; rounding up where there is none. */
function shrinkFactor(from: number, to: number): number {
  for (let f = Math.max(1, Math.floor(from / (to + 1))); f <= Math.ceil(from / to); f++) {
    if (Math.max(1, Math.floor(from / f)) === to) return f;
  }
  return Math.max(1, Math.ceil(from / to));
}

function planeSize(shape: readonly number[], axes: readonly Axis[]): number {
  const y = axes.findIndex((axis) => axis.name === "y");
  const x = axes.findIndex((axis) => axis.name === "x");
  const plane = y >= 0 && x >= 0 ? [shape[y]!, shape[x]!] : shape.slice(-2);
  return Math.min(...plane);
}
