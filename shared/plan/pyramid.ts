import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";

export interface PyramidRequest {
  /** Resolutions in all, the full one included; default: until the smallest of y and x is at most 256. */
  readonly levels?: number;
  readonly method?: PyramidMethod;
  /** Shrink factor per axis from one level to the next; default 2 along y and x. */
  readonly factors?: readonly number[];
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
  const wanted = request.factors ?? shape.map((_, axis) => (axis >= rank - 2 ? 2 : 1));
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
    );
  }
  const levels: PyramidLevel[] = [{ shape, factors: shape.map(() => 1) }];
  while (levels.length < (request.levels ?? MOST_LEVELS)) {
    const last = levels.at(-1)!;
    if (request.levels === undefined && planeSize(last.shape, axes) <= SMALLEST) break;
    const factors = last.shape.map((n, axis) =>
      axis < lead ? 1 : Math.min(wanted[axis - lead]!, Math.max(1, n)),
    );
    if (factors.every((f) => f === 1)) break;
    levels.push({ shape: last.shape.map((n, axis) => Math.max(1, Math.floor(n / factors[axis]!))), factors });
  }
  return levels;
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
