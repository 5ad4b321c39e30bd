import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";

/**
 * The index of an axis given by name or by index, negative from the end. An axis's name comes first; another string that
 * writes a whole number is that index, as keys of objects and command lines give it. Throws INVALID_ARGUMENT.
 */
export function axisOf(axis: number | string, axes: readonly Axis[], step: string): number {
  const named = axes.findIndex(({ name }) => name === axis);
  if (named >= 0) return named;
  const given = typeof axis === "string" ? (/^-?\d+$/.test(axis) ? Number(axis) : Number.NaN) : axis;
  const index = given < 0 ? given + axes.length : given;
  if (Number.isInteger(index) && index >= 0 && index < axes.length) return index;
  throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${written(axis)} is not an axis of the array`, {
    hint: `Its axes are ${axes.map(({ name }, i) => `${i} (${name})`).join(", ") || "none: it is 0-d"}.`,
  });
}

function written(axis: unknown): string {
  return typeof axis === "string" ? JSON.stringify(axis) : String(axis);
}
