import { LamellaError } from "../../errors.ts";

/**
 * The factors that apply: one per axis, whole and at least 1 (INVALID_ARGUMENT), each cut to the axis's size, so that
 * no axis vanishes: an axis of size 1 stays as it is.
 */
export function effectiveFactors(shape: readonly number[], factors: readonly number[]): number[] {
  if (factors.length !== shape.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `downsampling takes a factor for each axis: ${factors.length} for shape [${shape}]`,
      { hint: "Give one per axis, 1 where nothing is made smaller." },
    );
  }
  return factors.map((factor, axis) => {
    if (!Number.isInteger(factor) || factor < 1) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `a downsampling factor is a whole number from 1: ${factor} on axis ${axis}`,
        { hint: "2 halves an axis, 1 leaves it as it is.", details: { factor, axis } },
      );
    }
    return Math.max(1, Math.min(factor, shape[axis]!));
  });
}

/** The shape of a downsampled array: each size divided by its factor, rounded down, never below 1 (0 stays 0). */
export function downsampledShape(shape: readonly number[], factors: readonly number[]): number[] {
  const effective = effectiveFactors(shape, factors);
  return shape.map((size, axis) => Math.floor(size / effective[axis]!));
}
