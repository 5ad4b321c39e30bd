import * as z from "zod";
import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";

/**
 * A parameter that may differ by axis, as users write it: one value; a list whose entries are the last axes'; or a
 * map keyed by axis name or index ("z", "0", "-1"). A list is always a list of axes, even where an entry may itself
 * be a pair: `[2, 3]` is one value for each of the last two axes.
 */
export type PerAxis<T> = T | readonly T[] | { readonly [axis: string]: T };

/** The schema of a parameter whose entries satisfy `entry`. */
export function perAxisSchema<T>(entry: z.ZodType<T>) {
  return z.union([entry, z.array(entry), z.record(z.string(), entry)], {
    error: (issue) =>
      issue.input === undefined
        ? "is required"
        : "expected a value, a list with one per axis, or a map by axis, of values in range",
  });
}

export interface PerAxisOptions<T> {
  /** For messages. */
  readonly parameter: string;
  /** The value of axes that are not meant. */
  readonly neutral: T;
}

/** True for z, y and x where axes are typed; for every axis of a plain array. */
export function spatialAxes(axes: readonly Axis[]): boolean[] {
  const typed = axes.some((axis) => axis.type !== undefined);
  return axes.map((axis) => !typed || axis.type === "space");
}

/**
 * One value per axis. A single value applies to the spatial axes where axes are typed, to all axes of a plain array;
 * a list shorter than the rank to the last axes, a map to the axes it names. All others get `neutral`. Throws
 * INVALID_ARGS for a list longer than the rank, an axis that does not exist or is given twice.
 */
export function expandPerAxis<T>(value: PerAxis<T>, axes: readonly Axis[], options: PerAxisOptions<T>): T[] {
  const values = new Array<T>(axes.length).fill(options.neutral);
  if (isList(value)) {
    if (value.length > axes.length) {
      throw new LamellaError(
        "INVALID_ARGS",
        `${options.parameter} has ${value.length} entries, the array has ${axes.length} axes (${namesOf(axes)})`,
        { hint: "Give one entry per axis; a shorter list means the last axes." },
      );
    }
    const first = axes.length - value.length;
    for (const [i, entry] of value.entries()) values[first + i] = entry;
    return values;
  }
  if (isMap(value)) {
    const given = new Set<number>();
    for (const [key, entry] of Object.entries(value)) {
      const at = axisIndex(key, axes, options.parameter);
      if (given.has(at)) {
        throw new LamellaError("INVALID_ARGS", `${options.parameter} names axis ${axes[at]!.name} twice`, {
          hint: "Name each axis once, by its name or by its index.",
        });
      }
      given.add(at);
      values[at] = entry;
    }
    return values;
  }
  const spatial = spatialAxes(axes);
  return values.map((neutral, i) => (spatial[i] ? value : neutral));
}

/** The index of an axis given by name or index, from the end where negative. Throws INVALID_ARGS. */
export function axisIndex(key: string | number, axes: readonly Axis[], parameter: string): number {
  const named = axes.findIndex((axis) => axis.name === key);
  if (named >= 0) return named;
  const index = /^-?\d+$/.test(String(key)) ? Number(key) : Number.NaN;
  const at = index < 0 ? index + axes.length : index;
  if (at >= 0 && at < axes.length) return at;
  throw new LamellaError("INVALID_ARGS", `${parameter}: the array has no axis "${key}"`, {
    hint:
      axes.length === 0
        ? "The array has no axes."
        : hintOfNames(
            String(key),
            axes.map((axis) => axis.name),
          ),
  });
}

function namesOf(axes: readonly Axis[]): string {
  return axes.map((axis) => axis.name).join(", ");
}

function isList<T>(value: PerAxis<T>): value is readonly T[] {
  return Array.isArray(value);
}

function isMap<T>(value: PerAxis<T>): value is { readonly [axis: string]: T } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
