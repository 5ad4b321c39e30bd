import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { LamellaError } from "../../errors.ts";
import { axisIndex, spatialAxes } from "../per-axis.ts";

/** An axis by name or index, from the end where negative. */
export const axisSchema = z.union([z.string(), z.int()], { error: "expected the name or index of an axis" });

/** The parameter `axes` of filters that extend over several. */
export const axesSchema = z.array(axisSchema).min(1);

export const AXES =
  "Axes that it extends over, by name or index; by default z, y and x, or all of a plain array";

/** The indices of the axes that are meant, in order: the spatial ones by default. Throws INVALID_ARGS. */
export function axesOf(
  given: readonly (string | number)[] | undefined,
  axes: readonly Axis[],
  parameter: string,
): number[] {
  if (given === undefined) {
    const spatial = spatialAxes(axes);
    return axes.flatMap((_, i) => (spatial[i] ? [i] : []));
  }
  const indices = given.map((axis) => axisIndex(axis, axes, parameter));
  if (new Set(indices).size < indices.length) {
    throw new LamellaError("INVALID_ARGS", `${parameter} names an axis twice`, {
      hint: "Name each axis once, by its name or by its index.",
    });
  }
  return indices.sort((a, b) => a - b);
}
